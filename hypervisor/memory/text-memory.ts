/** Where a VGA in a colour text mode has its character memory ([VGA] IBM Video Subsystem, "Memory Organization"), and how large the window is. */
export const TEXT_MEMORY = 0xb8000;
export const TEXT_MEMORY_SIZE = 0x8000;
