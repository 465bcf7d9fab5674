/** Deviations about bus mastering and PCI configuration. */

import type { Deviation } from '../../deviations';
import { CHANNELS, issuedCommands, lastIndex, readsBusMaster, readsRegister, touches } from '../history';
import type { Step } from '../ide-under-test';
import type { IdeMismatch } from '../mismatch';
import { isDma, PACKET, raisesReset } from '../mismatch';
import { busMaster, type ChannelNumber } from '../verbs';

const CONFIG_ADDRESS = 0xcf8;

const CONFIG_DATA = 0xcfc;

const CONFIG_RESERVED = 0x7f00_0003;

const BUS_MASTER_ENABLE = 0x04;

/** What was last written to CONFIG_ADDRESS. */
function configurationAddress(steps: readonly Step[], end: number): number {
  const written =
    steps[lastIndex(steps, end, (it) => it.kind === 'out' && it.port === CONFIG_ADDRESS && it.width === 4)];
  return written?.kind === 'out' ? written.value : 0;
}

const START = 0x01;

/** Whether the step writes a channel's bus-master command with START as given. */
const commands = (step: Step, channel: ChannelNumber, start: boolean): boolean =>
  step.kind === 'out' && step.port === busMaster(channel) && ((step.value & START) !== 0) === start;

/** Where a channel's engine was last started and last stopped, or -1. */
const lastOrders = (steps: readonly Step[], end: number, channel: ChannelNumber) => ({
  started: lastIndex(steps, end, (it) => commands(it, channel, true)),
  stopped: lastIndex(steps, end, (it) => commands(it, channel, false)),
});

/** Whether the step shows how a channel's transfer has gone. */
const showsTransfer = (step: Step, channel: ChannelNumber): boolean =>
  step.kind === 'settle' || readsRegister(step, channel) || readsBusMaster(step, channel);

export const busMasterDeviations: readonly Deviation<IdeMismatch>[] = [
  {
    device: 'ide',
    id: 'abandoned-dma',
    what: 'A DMA command that a software reset has ended, then the bus master started without a new command',
    qemu: 'carries out the command that the reset has ended',
    ours: 'starts an engine that nobody requests anything of',
    why: 'A write that the driver has taken back would reach the disk',
    clause: '[ATA-6] 9.2: the reset aborts the command in progress',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const last = issuedCommands(steps, index, channel).at(-1);
        const started = lastIndex(steps, index, (it) => touches(it, 'out', busMaster(channel)));
        const reset = lastIndex(steps, started, raisesReset(channel));
        const abandoned = last !== undefined && isDma(last) && last.index < reset && reset < started;
        return abandoned && showsTransfer(step, channel);
      }),
  },
  {
    device: 'ide',
    id: 'bus-master-stopped',
    what: 'Stopping the bus master in the middle of a transfer',
    qemu: 'completes the transfer first',
    ours: 'moves nothing more, and the drive waits',
    why: 'A host that stops the engine wants its memory back',
    clause: '[SFF-8038i] 3.1, bit 0: the command is aborted; data from the drive may be discarded',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const stopped = steps.findIndex((it, at) => {
          const started = lastIndex(steps, at, (earlier) => commands(earlier, channel, true));
          const settled = lastIndex(steps, at, ({ kind }) => kind === 'settle');
          return commands(it, channel, false) && started > settled;
        });
        return stopped >= 0 && stopped < index && showsTransfer(step, channel);
      }),
  },
  {
    device: 'ide',
    id: 'table-pointer',
    what: 'The descriptor table pointer written while the bus master is active, then a DMA command',
    qemu: 'measures by the new pointer how far it has come in the old table',
    ours: 'goes on with the table that the engine was started on',
    why: 'The new table would be mistaken for the end of the old one',
    clause: '[SFF-8038i] 3.1, bit 0: the table is that of the start; 3.3',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const { started, stopped } = lastOrders(steps, index, channel);
        const pointed = lastIndex(steps, index, (it) => it.kind === 'out' && it.port === busMaster(channel) + 4);
        return started > stopped && pointed > started && started >= 0 && showsTransfer(step, channel);
      }),
  },
  {
    device: 'ide',
    id: 'table-end',
    what: 'Another DMA command on a bus master that is still active, because the table was longer than the command before',
    qemu: 'reads on behind the end of the table',
    ours: 'finds nothing left of the table',
    why: 'What lies there is no table, and would say where in memory the data goes',
    clause: '[SFF-8038i] 1.2: the entry with EOT set is the last',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const { started, stopped } = lastOrders(steps, index, channel);
        const since = issuedCommands(steps, index, channel).filter((it) => isDma(it) && it.index > started);
        return started > stopped && since.length > 0 && showsTransfer(step, channel);
      }),
  },
  {
    device: 'ide',
    id: 'bus-master-width',
    what: 'Words and double words of the bus-master Command and Status registers',
    qemu: 'decodes bytes alone: others read as ones and are not written',
    ours: 'takes them apart into bytes',
    why: 'A driver may write the command and clear the status at once',
    clause: '[SFF-8038i] 3: accessible as byte, word or double word quantities',
    matches: ({ steps, index, step, qemu }) => {
      const whole = steps[index];
      const wide = whole.kind === 'in' && whole.width > 1;
      const registers = CHANNELS.flatMap((channel) => [busMaster(channel), busMaster(channel) + 2]);
      return wide && qemu === 0xff && registers.some((port) => touches(step, 'in', port));
    },
  },
  {
    device: 'ide',
    id: 'packet-long-table',
    what: 'Bus-master status after a packet command by DMA whose PRD table is longer than its data',
    qemu: 'clears ACTIVE',
    ours: 'leaves ACTIVE set',
    why: 'The two bits together tell a driver how its table and the data compare, and QEMU does so for disks',
    clause: '[SFF-8038i] 3.2: interrupt and ACTIVE both set when the PRD specify more than the device transferred',
    matches: ({ steps, index, step, ours, qemu }) =>
      CHANNELS.some((channel) => {
        const last = issuedCommands(steps, index, channel).at(-1);
        const byDma = last?.code === PACKET && (last.features & 1) === 1;
        return byDma && touches(step, 'in', busMaster(channel) + 2) && (ours & ~qemu) === 0x01;
      }),
  },
  {
    device: 'ide',
    id: 'bus-master-disabled',
    what: 'Starting a transfer while the bus master bit of the PCI Command register is clear',
    qemu: 'transfers to and from nowhere, and interrupts',
    ours: 'waits until the bit is set',
    why: 'The function may not use the bus; a transfer that has not happened has not ended either',
    clause: '[PIIX3] 2.3.3, bit 2: bus master function disabled',
    matches: ({ steps, index, step }) => {
      const written = steps[lastIndex(steps, index, (it) => touches(it, 'out', CONFIG_DATA))];
      const disabled = written?.kind === 'out' && (written.value & BUS_MASTER_ENABLE) === 0;
      return disabled && CHANNELS.some((channel) => showsTransfer(step, channel));
    },
  },
  {
    device: 'pci',
    id: 'pci-subsystem',
    what: 'Subsystem identification (offset 2Ch) of the ISA bridge and of the IDE function',
    qemu: "shows the emulator's own vendor and device",
    ours: 'reads as zero',
    why: 'The chips have no such registers, and the number belongs to somebody else',
    clause: '[PIIX3] 2.2, 2.3: offsets 2Ch to 2Fh are reserved; [PCI 2.1] 6.1: reserved registers read as zero',
    matches: ({ steps, index, step, ours }) =>
      step.kind === 'in' &&
      step.port >= CONFIG_DATA &&
      step.port < CONFIG_DATA + 4 &&
      ours === 0 &&
      (configurationAddress(steps, index) & 0xfc) === 0x2c,
  },
  {
    device: 'pci',
    id: 'dram-control',
    what: 'DRAM Control (offset 57h) of the host bridge',
    qemu: 'holds the size of memory in units of 8 MiB',
    ours: 'reads as zero until it is written',
    why: 'Software that takes it for what it is would find an odd refresh rate; nothing should size memory by it',
    clause: '[440FX] 3.2, DRAMC: refresh and timing of DRAM',
    matches: ({ steps, index, step, ours }) =>
      step.kind === 'in' &&
      step.port === CONFIG_DATA + 3 &&
      ours === 0 &&
      (configurationAddress(steps, index) & 0x7fff_fffc) === 0x54,
  },
  {
    device: 'pci',
    id: 'config-address-reserved',
    what: 'The reserved bits of CONFIG_ADDRESS, 30 to 24 and 1 to 0',
    qemu: 'keeps them, and adds the low ones to the offset',
    ours: 'reads them as zero',
    why: "They do not exist: CONFIG_DATA's byte enables choose the byte",
    clause: '[PCI 2.1] 3.7.4.1: reserved bits and bits 1 and 0 are read-only and return zero',
    matches: ({ steps, index, step }) =>
      step.kind === 'in' &&
      step.port >= CONFIG_ADDRESS &&
      step.port < CONFIG_DATA + 4 &&
      (configurationAddress(steps, index) & CONFIG_RESERVED) !== 0,
  },
  {
    device: 'pci',
    id: 'config-address-width',
    what: 'Byte and word reads of CONFIG_ADDRESS',
    qemu: 'gives the part of the register',
    ours: 'is not decoded, and reads as ones',
    why: 'Ports 0CF8h to 0CFBh belong to the host bridge only as a double word',
    clause: '[PCI 2.1] 3.7.4.1: anything but a full double word access passes through to the bus',
    matches: ({ steps, index, step, ours }) => {
      const whole = steps[index];
      const narrow = whole.kind === 'in' && whole.width < 4;
      return step.kind === 'in' && narrow && step.port >= CONFIG_ADDRESS && step.port < CONFIG_DATA && ours === 0xff;
    },
  },
];
