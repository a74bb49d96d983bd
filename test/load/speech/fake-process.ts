import { AGENTS } from './agents.ts';
import { VENDORS } from './vendors.ts';

/** The fake of one vendor or agent in a process of its own: `argv[2]` names it. Tells by IPC how it is reached, and, asked, how long
 * it took itself; ends with its parent. */
const name = process.argv[2] ?? '';
const vendor = VENDORS[name] ?? AGENTS[name];
if (vendor === undefined) throw new Error(`no vendor '${name}'`);
process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send?.('ownMs' in vendor ? (vendor.ownMs?.() ?? []) : []));
process.send?.(await vendor.startFake());
