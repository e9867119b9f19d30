// Gets every key that the test names, and answers the second word of each.
import shm from 'shm-typed-array';

import { leave, receive, send } from '../../support/role-side.js';

const keys = await receive<(number | string)[]>();
const arrays = keys.map((key) => shm.get(key, 'Uint32Array')!);
send(arrays.map((array) => array[1]));
shm.detachAll();
leave();
