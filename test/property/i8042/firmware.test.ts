import { declarePairings } from '../device-program/declare-pairings';

declarePairings('i8042');
