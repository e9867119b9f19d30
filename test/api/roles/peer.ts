// Another process, of another user and with another umask if the test says so.
import { send, roleData, serve } from '../../support/role-side.js';
import { calls } from '../segment-calls.js';

const { user, groups, umask } = roleData<{ user?: number; groups?: number[]; umask?: number } | null>() ?? {};
calls.make('open', '/shm-test-nothing'); // so that all that errors need is loaded
if (umask !== undefined) process.umask(umask);
if (user !== undefined) {
  process.setgroups?.(groups ?? []); // where there is none, asUser() has done it
  process.setgid!(user);
  process.setuid!(user);
}
serve(calls);
send('ready');
