import { consoleUart, machineConfig } from '../../hypervisor/config';
import { DEVICE_NAMES, PLACEABLE_DEVICES } from '../../hypervisor/device-names';
import { Machine } from '../../hypervisor/machine';
import { checkBootOptions } from '../boot-checks';
import { UsageError } from '../errors';
import { firmwareBinary } from '../firmware';
import { BOOT_OPTIONS, type BootOptions, guestConfig, showsScreen } from '../guest-config';
import { Moves } from '../moves';
import { batchLimit, parseOptions, placementHelp, readInput } from '../options';
import { ChromeTrace, writeTrace } from '../report/chrome-trace';
import { type Ending, runSession } from '../session';
import { restoreSnapshot, saveSnapshot } from '../snapshot-file';
import { type MachineSummary, summarize } from '../summary';
import { groupDigits, renderTable } from '../table';
import { openConsole } from '../terminal/console';
import { PanicWatch } from '../terminal/panic-watch';
import { Conversation, pairSteps, parseScenario, type Step } from '../terminal/scenario';
import { ScreenDrawing, TextScreen } from '../terminal/text-screen';
import { toJson, writeOutput } from '../write-output';

const HELP = `npm start -- boot [options]: boot a guest. Its serial console is this terminal; Ctrl-C (or Ctrl-A x) ends the run,
Ctrl-A c types a Ctrl-C.

  --guest NAME       seabios-grub (default): SeaBIOS, and GRUB from a disk; obtain it with 'npm run guests'
                     linux: Debian's kernel and busybox, entered directly; 'npm run guests -- linux'
                     linux-grub: the same, started by SeaBIOS and GRUB from a disk
                     syslinux: SeaBIOS, and SYSLINUX from a disk; 'npm run guests -- syslinux'
                     ipxe: SeaBIOS, and iPXE from a CD; 'npm run guests -- ipxe'
                     memtest: SeaBIOS, and Memtest86+ from a CD, with --vga; 'npm run guests -- memtest'
  --kernel FILE      Linux kernel (bzImage or vmlinux) to enter directly by the 32-bit boot protocol, without a BIOS
  --initrd FILE      its initial RAM disk
  --append TEXT      its command line, in place of the guest's
  --loader L         how the kernel gets into memory: direct (default), or SeaBIOS and an option ROM: linuxboot, linuxboot-dma by
                     fw_cfg; linuxboot-pci from a PCI card with a window, which it lies on; linuxboot-pv from a PV disk that only
                     it knows of; multiboot, multiboot-dma, multiboot-pci, multiboot-pv; or QEMU's, qemu-linuxboot,
                     qemu-linuxboot-dma and so on ('npm run guests -- option-roms').
                     Multiboot modules: --initrd 'FILE ARGUMENTS,FILE ARGUMENTS'
  --fw-cfg F         a fw_cfg file for the guest: name=opt/NAME,file=FILE or name=opt/NAME,string=TEXT; may be repeated
  --batch LIMIT      string I/O in one exit at most: element, 1024 (bytes), page, unlimited (default)
  --pci              a machine with PCI: bus-master IDE, ACPI power management, HPET
  --bios FILE        BIOS image, at most 256 KiB, in place of the guest's
  --disk FILE        disk image for the primary master, in place of the guest's; once more for the slave, and so on.
                     The guest's writes reach the file
  --cdrom FILE       disc for a CD-ROM drive, the secondary master
  --snapshot         keep the guest's writes in memory and leave the --disk files as they are
  --serial stdio|FILE  where the guest's serial output goes (default stdio)
  --vga              give the guest VGA text memory (B8000h), and show its screen here in place of the serial console
  --placement P      where devices are emulated (default reflect), as listed below; or DEVICE=P,DEVICE=P,... for some devices;
                     may be repeated, and the last that names a device counts
  --move T:DEVICE=P  move devices to another placement after T seconds of virtual time; several with commas; may be repeated
  --save FILE        when the run ends, save the whole machine, and what it wrote to disks under --snapshot
  --restore FILE     go on with a saved machine, given the same options for its hardware; devices are where they were, or where
                     --placement says
  --cost MODEL       what is charged: a cost model or a JSON file (default free: only instructions take time)
  --ram MIB          guest RAM in MiB (default 64)
  --limit SECONDS    end after that much wall time (default: never)
  --scenario FILE    a conversation with the guest: lines 'expect TEXT', 'send TEXT', 'wait SECONDS'; its end ends the run
  --expect TEXT      the same in one line: wait for TEXT, then type the --send at the same position; both may be repeated
  --send TEXT        type TEXT, with \\n, \\r, \\t and \\xHH as in C
  --debug            print SeaBIOS's debug console (port 402h) to standard error
  --json FILE        write the run's counters as JSON
  --trace FILE       write what guest, hypervisor, firmware and domain 0 did when, for Perfetto or Chrome's tracing page
  --help             this text

${placementHelp()}

Exit codes: 0 the run ended as asked, 1 the guest failed, or a scenario did not come to its end, 2 wrong use.
`;

export async function boot(words: string[]): Promise<number> {
  const options = parseOptions(BOOT_OPTIONS, words);
  if (options['--help']) {
    process.stdout.write(HELP);
    return 0;
  }
  checkBootOptions(options);
  const { '--json': json, '--trace': traceFile, '--save': save, '--restore': restore } = options;
  const moves = new Moves(options['--move'] ?? []);
  const limit = options['--limit'] ?? Number.POSITIVE_INFINITY;
  const conversation = readConversation(options);
  const panic = new PanicWatch();
  const changes = guestConfig(options);
  if ((save || restore) && changes.emulator) {
    throw new UsageError(
      `--${save ? 'save' : 'restore'}: the ${changes.emulator.name} emulator keeps its state to itself`,
    );
  }
  const batch = batchLimit(options['--batch'] ?? 'unlimited');
  const screen = showsScreen(options);
  const serial = openConsole(options['--serial'], screen);
  const sink = (byte: number) => {
    serial.write(byte);
    panic.hear(byte);
    conversation?.hear(byte);
  };
  const trace = traceFile === undefined ? undefined : new ChromeTrace();
  const timeline = trace?.machine('boot');
  const binary = await firmwareBinary();
  const firmware = new WebAssembly.Module(binary as BufferSource);
  const machine = new Machine(
    machineConfig(firmware, changes.bios, { ...changes, uarts: [consoleUart(sink)], timeline }),
  );
  moves.check(machine.config);
  if (restore) restoreSnapshot(restore, machine, binary);
  if (restore && options['--placement']) placeAgain(machine);
  machine.vcpu.stringLimit = batch;
  const text = screen ? new TextScreen(machine.platform.memory.bytes) : undefined;
  const drawing =
    text && process.stdout.isTTY ? new ScreenDrawing(text, (rows) => process.stdout.write(rows)) : undefined;
  const start = performance.now();
  serial.terminal?.open();
  let ending: Ending;
  try {
    ending = await runSession({ machine, terminal: serial.terminal, conversation, panic, drawing, moves, limit });
  } finally {
    serial.close();
    for (const problem of machine.platform.flush()) process.stderr.write(`selfio: ${problem}\n`);
  }
  if (save) saveSnapshot(save, machine, binary);
  machine.platform.close();
  const summary = summarize(machine);
  const wallTime = performance.now() - start;
  if (text) process.stdout.write(drawing ? '\n' : `${text.rows().join('\n').trimEnd()}\n`);
  process.stderr.write(describe(ending, report(ending, machine), summary, wallTime));
  if (json) writeOutput(json, toJson({ ending: ending.kind, wallTime, ...summary }));
  if (traceFile) writeTrace(traceFile, trace!, { placement: summary.placement, costModel: summary.costModel });
  return exitCode(ending, conversation);
}

/** In a restored machine devices are where they were: now they go where the options say. */
function placeAgain({ platform, config }: Machine): void {
  for (const device of PLACEABLE_DEVICES.filter((candidate) => config.devices & (1 << candidate))) {
    const obstacle = platform.move(device, config.placements[device]!);
    if (obstacle) throw new UsageError(`--placement, ${DEVICE_NAMES[device]}: ${obstacle}`);
  }
}

function readConversation(options: BootOptions): Conversation | undefined {
  const path = options['--scenario'];
  const steps: Step[] = path ? parseScenario(path, new TextDecoder().decode(readInput('--scenario', path))) : [];
  if (path && steps.length === 0) throw new UsageError(`--scenario ${path}: it has no steps; try --help`);
  steps.push(...pairSteps(options['--expect'] ?? [], options['--send'] ?? []));
  return steps.length > 0 ? new Conversation(steps) : undefined;
}

const REPORTED_HAPPENINGS = 32;
const COLUMNS = ['accesses', 'vm exits', 'reflections', 'hypercalls', 'ring requests', 'events', 'interrupts'];

/** Processor state and last happenings, when the guest failed. */
function report(ending: Ending, machine: Machine): string[] {
  if (ending.kind === 'guest') return ending.result.report;
  if (ending.kind !== 'panic') return [];
  return [...machine.processorState(), 'last happenings:', ...machine.platform.recent.lines(REPORTED_HAPPENINGS)];
}

/** How it ended, what each device did, and whether anything but the in-guest firmware served a device. */
function describe(ending: Ending, report: string[], summary: MachineSummary, wallTime: number): string {
  const rows = Object.entries(summary.devices).map(([device, { counters }]) => [
    device,
    summary.placement[device]!,
    ...COLUMNS.map((column) => counters[column]!),
  ]);
  const mips = summary.instructions / wallTime / 1000;
  return [
    '',
    headline(ending),
    ...report,
    renderTable(['device', 'served by', ...COLUMNS], rows),
    `${groupDigits(summary.instructions)} instructions, ${groupDigits(summary.virtualTime / 1e9)} s virtual, ` +
      `${groupDigits(wallTime / 1000)} s wall, ${mips.toFixed(1)} MIPS`,
    proof(summary),
    '',
  ].join('\n');
}

function headline(ending: Ending): string {
  if (ending.kind === 'user') return 'selfio: ended by the user';
  if (ending.kind === 'limit') return 'selfio: the time limit is over';
  if (ending.kind === 'panic') return `selfio: the guest's kernel panicked: ${ending.reason}`;
  return ending.kind === 'scenario' ? 'selfio: the scenario is through' : `selfio: ${ending.result.summary}`;
}

/** The claim of reflection, checked by the counters: every exit to the device was an entry into the guest's own firmware. */
function proof(summary: MachineSummary): string {
  const lines = ['ide', 'uart', 'pit'].flatMap((name) => {
    const counters = summary.devices[name]?.counters;
    if (!counters || summary.placement[name] !== 'reflect') return [];
    const served = counters.reflections! - counters.forwards!;
    const elsewhere = counters['vm exits']! - served;
    return [`${name}: ${groupDigits(served)} reflected, ${groupDigits(elsewhere)} served elsewhere`];
  });
  return lines.length > 0 ? `In-guest firmware: ${lines.join('; ')}.` : 'Nothing was reflected.';
}

function exitCode(ending: Ending, conversation: Conversation | undefined): number {
  if (ending.kind === 'panic' || (ending.kind === 'guest' && ending.result.report.length > 0)) return 1;
  if (conversation && !conversation.finished) {
    process.stderr.write(`selfio: the scenario still waited for: ${conversation.current}\n`);
    return 1;
  }
  return 0;
}
