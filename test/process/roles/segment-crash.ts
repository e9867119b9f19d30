// Runs one case of crash/, and says what it saw.
import { leave, roleData, send } from '../../support/role-side.js';
import { endings } from '../crash/endings.js';
import { faults } from '../crash/faults.js';
import { full } from '../crash/full.js';
import { truncation } from '../crash/truncation.js';
import { workers } from '../crash/workers.js';

const groups: Record<string, Record<string, (segment: string) => unknown>> = {
  endings, faults, full, truncation, workers,
};
const { group, name, segment } = roleData<{ group: string; name: string; segment: string }>();
send((await groups[group]![name]!(segment)) ?? null);
leave();
