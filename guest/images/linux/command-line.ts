/** What a guest without PCI, ACPI and APIC and with its console on COM1 needs to boot. */
const MACHINE = ['console=ttyS0', 'acpi=off', 'nolapic', 'noapic', 'tsc=reliable', 'i8042.noaux', 'i8042.nokbd'];

/**
 * Self-tests of the cryptography library and certificates that nothing here uses: four fifths of the instructions of a boot.
 * The second one skips the thread that would reap the victims of a full memory.
 */
const SPARED = ['cryptomgr.notests', 'initcall_blacklist=load_system_certificate_list,oom_init'];

/** Kernel command line for a machine without PCI: the disk is driven by pata_legacy. */
export const LINUX_COMMAND_LINE = [...MACHINE, ...SPARED, 'pci=off'].join(' ');

/** Kernel command line for a machine with a PIIX: the disk is driven by ata_piix, with bus-master DMA. */
export const LINUX_COMMAND_LINE_PCI = [...MACHINE, ...SPARED].join(' ');
