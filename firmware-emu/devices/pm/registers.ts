/** ACPI fixed hardware as the PIIX4's power management function has it. Sections: [ACPI] is revision 2.0, [PIIX4] the 82371AB data sheet. */

/** Power-management timer in hertz ([ACPI] 4.7.2.1), 24 bits wide. */
export const PM_FREQUENCY: u64 = 3_579_545;
export const PM_TIMER_MASK: u32 = 0x00ff_ffff;
/** TMR_STS is set when the highest bit changes: every 2^23 ticks. */
export const PM_TIMER_HALF_SHIFT: u32 = 23;

/** Offsets from the base of 64 ports ([PIIX4] PMSTS, PMEN, PMCNTRL, PMTMR). */
export namespace PmRegister {
  /** PM1 status, write 1 to clear; PM1 enable; PM1 control: 16 bits each. */
  export const STATUS: u32 = 0x00;
  export const ENABLE: u32 = 0x02;
  export const CONTROL: u32 = 0x04;
  export const TIMER: u32 = 0x08;
  export const END: u32 = 0x0c;
}

/** PM1 status and enable ([ACPI] 4.7.3.1.1 and 4.7.3.1.2). */
export namespace PmEvent {
  export const TIMER: u32 = 0x0001;
  export const GLOBAL: u32 = 0x0020;
  export const POWER_BUTTON: u32 = 0x0100;
  export const SLEEP_BUTTON: u32 = 0x0200;
  export const CLOCK: u32 = 0x0400;
  export const WAKE: u32 = 0x8000;
  /** Events that interrupt. */
  export const ENABLES: u32 = 0x0721;
}

/** PM1 control ([ACPI] 4.7.3.2.1). */
export namespace PmControl {
  /** Events raise the system control interrupt; without it they are the BIOS's business. */
  export const INTERRUPT: u32 = 0x0001;
  export const SLEEP_TYPE_SHIFT: u32 = 10;
  export const SLEEP_TYPE: u32 = 0x1c00;
  /** Write-only: go to sleep. */
  export const SLEEP: u32 = 0x2000;
  /** What is read as written. */
  export const KEPT: u32 = 0x1c03;
}

/** Sleep type of soft off: what the BIOS's tables name as S5 ([PIIX4] PMCNTRL, SUS_TYP 000). */
export const SOFT_OFF: u32 = 0;

/** APM control and status ports ([PIIX4] APMC, APMS): commands to a BIOS in system management mode, of which there is none. */
export namespace ApmPort {
  export const CONTROL: u32 = 0xb2;
  export const STATUS: u32 = 0xb3;
}

/** Commands that SeaBIOS's ACPI tables name for handing the hardware to the operating system and back. */
export namespace ApmCommand {
  export const ACPI_ENABLE: u32 = 0xf1;
  export const ACPI_DISABLE: u32 = 0xf0;
}
