/*
 * Runs single instructions natively in a 32-bit process and reports what the processor did with them.
 *
 * Standard input: a header (struct header), its segment descriptors, its memory windows, then the cases.
 * Standard output: for each case one struct result followed by its changed memory runs (struct run + bytes).
 *
 * One case costs one signal: every window of code is filled with INT3, so that whatever the instruction does ends in #BP
 * or in a fault; the handler takes the state from its context, puts the next case into the same context and returns into
 * it. Trap-flag stepping lost to this because it shows in PUSHF images and stops REP at each iteration.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { CODE_BYTES = 48, PATCHES = 3, PATCH_BYTES = 128, WINDOWS = 8, PAGE = 4096 };

struct header {
  uint32_t descriptors, windows, cases;
};
struct window {
  uint32_t address, bytes;
  uint32_t kind; /* 0 code, 1 data, 2 read-only data */
};
struct patch {
  uint32_t address, bytes;
  uint8_t data[PATCH_BYTES];
};
struct test_case {
  uint8_t code[CODE_BYTES];
  uint32_t code_address;
  uint32_t registers[8]; /* order of ModRM: EAX ECX EDX EBX ESP EBP ESI EDI */
  uint32_t eip, eflags;
  uint32_t selectors[6]; /* ES CS SS DS FS GS */
  uint32_t patches;
  struct patch patch[PATCHES];
};
struct result {
  uint32_t vector, error, cr2, eip, eflags;
  uint32_t registers[8];
  uint32_t selectors[6];
  uint32_t runs;
};
struct run {
  uint32_t address, bytes;
};

static struct header header;
static struct window windows[WINDOWS];
static uint8_t *pristine[WINDOWS];
static struct test_case *cases;
static uint32_t next;
static uint32_t thread_gs;
static uint8_t output[1 << 24];
static uint32_t output_used;

static const int general[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
static const int segments[6] = {REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS};

static void die(const char *message) {
  if (write(2, message, strlen(message)) < 0 || write(2, "\n", 1) < 0) _exit(3);
  _exit(2);
}

static void read_all(void *buffer, size_t bytes) {
  uint8_t *at = buffer;
  while (bytes > 0) {
    ssize_t got = read(0, at, bytes);
    if (got <= 0) die("harness: input ends early");
    at += got;
    bytes -= (size_t)got;
  }
}

static void flush(void) {
  for (uint32_t at = 0; at < output_used;) {
    ssize_t put = write(1, output + at, output_used - at);
    if (put <= 0) die("harness: cannot write results");
    at += (uint32_t)put;
  }
  output_used = 0;
}

static void emit(const void *data, uint32_t bytes) {
  memcpy(output + output_used, data, bytes);
  output_used += bytes;
}

/* Append the runs of bytes that differ from the pristine window, and make the window pristine again. */
static uint32_t emit_changes(const struct window *window, uint8_t *image) {
  uint8_t *memory = (uint8_t *)window->address;
  uint32_t runs = 0;
  if (memcmp(memory, image, window->bytes) == 0) return 0;
  for (uint32_t i = 0; i < window->bytes;) {
    if (memory[i] == image[i]) {
      i++;
      continue;
    }
    uint32_t end = i + 1;
    while (end < window->bytes && memory[end] != image[end]) end++;
    struct run run = {window->address + i, end - i};
    emit(&run, sizeof run);
    emit(memory + i, end - i);
    memcpy(memory + i, image + i, end - i);
    i = end;
    runs++;
  }
  return runs;
}

/* The window as the case finds it: patches are part of the pristine image while the case runs. */
static void apply_patch(const struct patch *patch, uint8_t *keep) {
  for (uint32_t w = 0; w < header.windows; w++) {
    uint32_t offset = patch->address - windows[w].address;
    if (offset >= windows[w].bytes || windows[w].kind == 2) continue;
    memcpy(keep, pristine[w] + offset, patch->bytes);
    memcpy(pristine[w] + offset, patch->data, patch->bytes);
    memcpy((void *)patch->address, patch->data, patch->bytes);
    return;
  }
  die("harness: patch outside the windows");
}

static void remove_patch(const struct patch *patch, const uint8_t *keep) {
  for (uint32_t w = 0; w < header.windows; w++) {
    uint32_t offset = patch->address - windows[w].address;
    if (offset >= windows[w].bytes || windows[w].kind == 2) continue;
    memcpy(pristine[w] + offset, keep, patch->bytes);
    memcpy((void *)patch->address, keep, patch->bytes);
    return;
  }
}

static uint8_t kept[PATCHES][PATCH_BYTES];
static int running;

static void collect(const ucontext_t *context) {
  const struct test_case *test = &cases[next];
  const greg_t *registers = context->uc_mcontext.gregs;
  struct result result = {0};
  result.vector = (uint32_t)registers[REG_TRAPNO];
  result.error = (uint32_t)registers[REG_ERR];
  result.cr2 = result.vector == 14 ? (uint32_t)context->uc_mcontext.cr2 : 0;
  result.eip = (uint32_t)registers[REG_EIP];
  result.eflags = (uint32_t)registers[REG_EFL];
  for (int i = 0; i < 8; i++) result.registers[i] = (uint32_t)registers[general[i]];
  for (int i = 0; i < 6; i++) result.selectors[i] = (uint32_t)registers[segments[i]] & 0xffff;
  uint32_t at = output_used;
  emit(&result, sizeof result);
  for (uint32_t w = 0; w < header.windows; w++)
    if (windows[w].kind == 1) result.runs += emit_changes(&windows[w], pristine[w]);
  memcpy(output + at, &result, sizeof result);
  for (int p = (int)test->patches - 1; p >= 0; p--) remove_patch(&test->patch[p], kept[p]);
  memset((void *)test->code_address, 0xcc, CODE_BYTES);
  if (output_used > sizeof output - (1 << 20)) flush();
}

static void load(ucontext_t *context) {
  const struct test_case *test = &cases[next];
  greg_t *registers = context->uc_mcontext.gregs;
  for (uint32_t p = 0; p < test->patches; p++) apply_patch(&test->patch[p], kept[p]);
  memcpy((void *)test->code_address, test->code, CODE_BYTES);
  for (int i = 0; i < 8; i++) registers[general[i]] = (greg_t)test->registers[i];
  for (int i = 0; i < 6; i++) registers[segments[i]] = (greg_t)test->selectors[i];
  registers[REG_EIP] = (greg_t)test->eip;
  registers[REG_EFL] = (greg_t)test->eflags;
}

static void handle(int signal, siginfo_t *info, void *opaque) {
  __asm__ volatile("movw %w0, %%gs" : : "r"(thread_gs));
  /* The return from a signal leaves NT, ID and AC as it finds them. */
  __asm__ volatile("pushl $0x202\n\tpopfl" : : : "memory", "cc");
  ucontext_t *context = opaque;
  (void)info;
  if (signal == SIGALRM) {
    fprintf(stderr, "harness: case %u does not end (code %02x %02x %02x)\n", next, cases[next].code[0],
            cases[next].code[1], cases[next].code[2]);
    _exit(2);
  }
  if (running) {
    collect(context);
    next++;
  }
  running = 1;
  if (next == header.cases) {
    flush();
    _exit(0);
  }
  load(context);
}

static void map_window(uint32_t w) {
  struct window *window = &windows[w];
  void *memory = mmap((void *)window->address, window->bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory == MAP_FAILED) die("harness: cannot map a window");
  read_all(memory, window->bytes);
  pristine[w] = malloc(window->bytes);
  memcpy(pristine[w], memory, window->bytes);
  int protection = window->kind == 2 ? PROT_READ : PROT_READ | PROT_WRITE | PROT_EXEC;
  if (mprotect(memory, window->bytes, protection) < 0) die("harness: cannot protect a window");
}

int main(void) {
  static uint8_t stack[1 << 16];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  static const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM};
  read_all(&header, sizeof header);
  for (uint32_t i = 0; i < header.descriptors; i++) {
    struct user_desc descriptor;
    read_all(&descriptor, sizeof descriptor);
    if (syscall(SYS_modify_ldt, 0x11, &descriptor, sizeof descriptor) != 0) {
      fprintf(stderr, "harness: modify_ldt refuses entry %u\n", descriptor.entry_number);
      return 2;
    }
  }
  if (header.windows > WINDOWS) die("harness: too many windows");
  for (uint32_t w = 0; w < header.windows; w++) {
    read_all(&windows[w], sizeof windows[w]);
    map_window(w);
  }
  cases = malloc(header.cases * sizeof *cases);
  read_all(cases, header.cases * sizeof *cases);
  __asm__ volatile("movw %%gs, %w0" : "=r"(thread_gs));
  sigaltstack(&alternate, NULL);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    sigaction(signals[i], &action, NULL);
  }
  alarm(120);
  __asm__ volatile("int3");
  return 2;
}
