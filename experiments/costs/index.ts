import type { CostModel } from '../../hypervisor/time/cost-model';

/** The model that commands charge unless told otherwise: a virtual machine on a present-day x86 processor. */
export const DEFAULT_COST: CostModel = {
  name: 'modern-x86',
  instruction: 500,
  vmExit: 550,
  vmEntry: 350,
  registerSave: 20,
  registerRestore: 20,
  pagingSwitch: 150,
  deviceAccess: 30,
  hypercall: 60,
  interruptInjection: 300,
  domainSwitch: 1500,
  domain0Schedule: 2000,
  systemCall: 100,
  userExit: 1200,
  diskRequest: 20_000,
  diskByte: 500,
};
