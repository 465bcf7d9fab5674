/**
 * Who may import whom. Each folder's rule names what it may reach; everything else within the project is forbidden to it.
 * Type-only imports count: a type is knowledge too.
 */
const PROJECT = '^(hypervisor|firmware-emu|guest|pv-drivers|test|experiments)/';

/** `from` may import, within the project, only what matches one of `allowed`. */
function only(name, comment, from, ...allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: typeof from === 'string' ? { path: from } : from,
    to: { path: PROJECT, pathNot: allowed },
  };
}

const ABI = '^hypervisor/abi/';
const PROTOCOL = '^pv-drivers/protocol/';
const RING = '^pv-drivers/ring/';
/** Where the hypervisor meets domain 0's half of the PV drivers. */
const BACKEND_USERS = ['^hypervisor/domain0/', '^hypervisor/config\\.ts$', '^hypervisor/memory/grant-table\\.ts$'];

const EMULATOR_HOST = '^experiments/emulators/reference\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'within one folder, files are parts of one thing and may know each other; folders must not',
      severity: 'error',
      from: { path: '^(.+)/[^/]+$', pathNot: '^test/' },
      to: { circular: true, via: { pathNot: '^$1/[^/]+$', dependencyTypesNot: ['type-only'] } },
    },
    only('abi-is-a-leaf', 'the contract knows nobody', ABI, ABI, PROTOCOL),
    only(
      'hypervisor',
      'the hypervisor knows its own parts; machine.ts composes, domain0 meets the back-ends',
      { path: '^hypervisor/', pathNot: [ABI, '^hypervisor/machine\\.ts$', ...BACKEND_USERS] },
      '^hypervisor/',
    ),
    only('machine', 'the composition root', '^hypervisor/machine\\.ts$', '^hypervisor/', '^guest/cpu/'),
    only(
      'domain0',
      'domain 0 in process: the back-ends, and what they are wired to',
      { path: BACKEND_USERS },
      '^hypervisor/',
      '^pv-drivers/(backend|protocol)/',
    ),
    only(
      'device-models',
      'a device model knows itself, the handles it is given, the hypercalls, and the contract',
      '^firmware-emu/devices/([^/]+)/',
      '^firmware-emu/devices/$1/',
      '^firmware-emu/contract/',
      '^firmware-emu/hypercalls\\.ts$',
      ABI,
    ),
    only(
      'firmware',
      'the firmware is one binary: itself, the contract, and its half of the PV drivers',
      { path: '^firmware-emu/', pathNot: ['^firmware-emu/devices/', '^firmware-emu/toolchain/'] },
      '^firmware-emu/(?!toolchain/)',
      ABI,
      PROTOCOL,
      RING,
      '^pv-drivers/frontend/',
    ),
    only('toolchain', 'runs on the host, looks at binaries', '^firmware-emu/toolchain/', '^firmware-emu/toolchain/', ABI),
    only('pv-protocol', 'wire formats know nobody', PROTOCOL, PROTOCOL),
    only('pv-ring', 'ring algebra knows the wire formats', RING, RING, PROTOCOL),
    only('pv-frontend', 'front-ends never see back-ends', '^pv-drivers/frontend/', '^pv-drivers/frontend/', PROTOCOL, RING, ABI),
    only('pv-backend', 'back-ends never see front-ends', '^pv-drivers/backend/', '^pv-drivers/backend/', PROTOCOL, RING),
    only('guest', 'guests know the contract, not the hypervisor', '^guest/', '^guest/', ABI),
    only('reference', 'the reference emulator is independent of what it is compared with', '^test/reference/', '^test/reference/', ABI),
    only(
      'experiments',
      'experiments use everything but tests',
      { path: '^experiments/', pathNot: [EMULATOR_HOST] },
      '^(hypervisor|firmware-emu|guest|pv-drivers|experiments)/',
    ),
    only(
      'emulator-host',
      'the reference emulator is an oracle of the tests and a product besides: one file puts it behind a guest',
      EMULATOR_HOST,
      '^(hypervisor|pv-drivers|experiments)/',
      '^test/reference/',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(build|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
