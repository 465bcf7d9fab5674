import { declarePairings } from '../device-program/declare-pairings';

declarePairings('hpet');
