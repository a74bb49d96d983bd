import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type SipAgent, type SipAgentOptions, startSipAgent } from '../../src/engines/embedded/sip/agent.ts';
import {
  connectSrf,
  type TestSrf,
  type TestSrfDialog,
  type TestSrfRequest,
  type TestSrfResponse,
  testSdp,
} from '../../src/engines/embedded/sip/test-peer.ts';
import { isBound } from './support/bound-port.ts';
import { freePort } from './support/ports.ts';
import { waitFor } from './support/wait-for.ts';

const hasSipp = spawnSync('sipp', ['-v']).error === undefined;
const scenarios = fileURLToPath(new URL('../data/sipp/', import.meta.url));
const timing = { t1Ms: 25, t2Ms: 200, t4Ms: 250 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-sipp-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The agent of one test. */
interface Rig {
  start(
    onInvite: (req: TestSrfRequest, res: TestSrfResponse, application: TestSrf) => void,
    options?: Partial<SipAgentOptions>,
  ): Promise<{ agent: SipAgent; srf: TestSrf }>;
  expectDrained(within?: number): Promise<void>;
}

const NOTHING = { dialogs: 0, serverTransactions: 0, clientTransactions: 0 };

/** For one test, at whose end the agent has nothing left. */
function openRig({ expect, onTestFinished }: TestContext): Rig {
  let agent: SipAgent | undefined;
  let srf: TestSrf | undefined;
  onTestFinished(async () => {
    const left = agent?.stats();
    srf?.disconnect();
    await agent?.close();
    expect(left).toMatchObject(NOTHING);
  });
  return {
    async start(onInvite, options = {}) {
      agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'], timing, ...options });
      srf = await connectSrf(agent, (app) => app.invite((req, res) => onInvite(req, res, app)));
      return { agent, srf };
    },
    expectDrained: (within = 6_000) =>
      expect.poll(() => agent?.stats(), { timeout: within, interval: 20 }).toMatchObject(NOTHING),
  };
}

function accept(req: TestSrfRequest, res: TestSrfResponse, application: TestSrf): Promise<TestSrfDialog | undefined> {
  res.send(180);
  return application.createUAS(req, res, { localSdp: testSdp }).catch(() => undefined);
}

interface SippResult {
  code: number | null;
  output: string;
}

/**
 * Runs sipp to its end, at a port of its own (those that it takes by itself are as well those of others who begin at the same
 * moment); the output holds its errors as well.
 */
async function sipp(args: string[], port?: number): Promise<SippResult> {
  const own = ['-i', '127.0.0.1', '-p', String(port ?? (await freePort())), '-nostdin', '-trace_err', '-timeout', '25'];
  return new Promise((resolve) => {
    const child = spawn('sipp', [...own, ...args], {
      cwd: folder,
      env: { ...process.env, TERM: 'dumb' },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', (code) => {
      for (const file of readdirSync(folder)) {
        if (file.includes(`_${child.pid}_errors`)) output += readFileSync(join(folder, file), 'utf8');
      }
      resolve({ code, output: output.slice(-6_000) });
    });
  });
}

function scenario(name: string): string[] {
  return ['-sf', join(scenarios, `${name}.xml`)];
}

function succeeded(result: SippResult): void {
  expect(result.code, result.output).toBe(0);
}

/** A pseudo-random loss that is the same in every run. */
function lossy(share: number): { drop: () => boolean; dropped: () => number } {
  let state = 12_345;
  let count = 0;
  return {
    drop: () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const lost = state / 2 ** 32 < share;
      if (lost) count++;
      return lost;
    },
    dropped: () => count,
  };
}

// These wait most of the time, for timers of SIP and of sipp.
describe.skipIf(!hasSipp).concurrent('the SIP agent takes calls from sipp', () => {
  it('completes 200 calls when 10 % of the datagrams are lost in each direction', async (context) => {
    const rig = openRig(context);
    const loss = lossy(0.1);
    const open = new Set<TestSrfDialog>();
    let answered = 0;
    const started = await rig.start(
      async (req, res, app) => {
        const dialog = await accept(req, res, app);
        if (dialog === undefined) return;
        answered++;
        open.add(dialog);
        dialog.on('destroy', () => open.delete(dialog));
      },
      // sipp begins with 500 ms: a hub that is much quicker has forgotten a BYE (after 64 T1) whose answers were lost three
      // times, and says 481 to the next.
      { datagramFilter: loss.drop, timing: { t1Ms: 250, t2Ms: 2_000, t4Ms: 1_000 } },
    );
    const target = `127.0.0.1:${started.agent.port}`;
    // Of 200 calls, some would lose all of the five repetitions that sipp makes of an INVITE by default.
    succeeded(await sipp(['-sn', 'uac', '-t', 'u1', '-m', '200', '-r', '100', '-max_retrans', '12', target]));
    expect(loss.dropped()).toBeGreaterThan(100);
    expect(answered).toBe(200);
    // sipp takes a repeated 200 of the INVITE for the answer to its BYE, so a few calls are open still; nobody answers their BYE.
    expect(open.size).toBeLessThan(60);
    // One whose BYE came in the same read as its ACK has ended before anybody listened: the agent does not know it any more.
    await Promise.allSettled([...open].map((dialog) => dialog.destroy()));
    await rig.expectDrained(40_000);
  });

  it('ends a cancelled call with 487 and tells the application', async (context) => {
    const rig = openRig(context);
    let cancelled = 0;
    const started = await rig.start((req, res) => {
      req.on('cancel', () => cancelled++);
      res.send(180);
    });
    succeeded(await sipp([...scenario('uac-cancel'), '-m', '20', '-r', '50', `127.0.0.1:${started.agent.port}`]));
    expect(cancelled).toBe(20);
    await rig.expectDrained();
  });

  it('takes a repeated INVITE for the same call', async (context) => {
    const rig = openRig(context);
    let invites = 0;
    const started = await rig.start((req, res, app) => {
      invites++;
      setTimeout(() => void accept(req, res, app), 120);
    });
    succeeded(await sipp([...scenario('uac-invite-twice'), '-m', '10', '-r', '50', `127.0.0.1:${started.agent.port}`]));
    expect(invites).toBe(10);
    await rig.expectDrained();
  });

  it('repeats its 200 and hangs up after 64*T1 when no ACK comes', async (context) => {
    const rig = openRig(context);
    const reasons: string[] = [];
    const started = await rig.start(async (req, res, app) => {
      const dialog = await accept(req, res, app);
      dialog?.on('destroy', (_bye: unknown, reason: string) => reasons.push(reason));
    });
    succeeded(await sipp([...scenario('uac-no-ack'), '-m', '3', '-r', '10', `127.0.0.1:${started.agent.port}`]));
    expect(reasons).toEqual(['ACK timeout', 'ACK timeout', 'ACK timeout']);
    await rig.expectDrained();
  });

  it('passes re-INVITE for hold and resume and INFO through the dialog', async (context) => {
    const rig = openRig(context);
    const offers: string[] = [];
    let infos = 0;
    const started = await rig.start(async (req, res, app) => {
      const dialog = await accept(req, res, app);
      dialog?.on('modify', (reinvite: TestSrfRequest, answer: TestSrfResponse) => {
        offers.push(reinvite.body.includes('a=sendonly') ? 'hold' : 'resume');
        answer.send(200, { body: testSdp, headers: { 'Content-Type': 'application/sdp' } });
      });
      dialog?.on('info', (_info: unknown, answer: TestSrfResponse) => {
        infos++;
        answer.send(200);
      });
    });
    for (const transport of ['u1', 't1']) {
      const target = `127.0.0.1:${started.agent.port}`;
      succeeded(await sipp([...scenario('uac-reinvite'), '-t', transport, '-m', '5', '-r', '20', target]));
    }
    expect(offers.filter((offer) => offer === 'hold')).toHaveLength(10);
    expect(offers.filter((offer) => offer === 'resume')).toHaveLength(10);
    expect(infos).toBe(10);
    await rig.expectDrained();
  });

  it('repeats a reliable provisional response until its PRACK', async (context) => {
    const rig = openRig(context);
    let pracks = 0;
    const started = await rig.start((req, res, app) => {
      res.send(183, { headers: { Require: '100rel' } }, undefined, () => {
        pracks++;
        void app.createUAS(req, res, { localSdp: testSdp }).catch(() => undefined);
      });
    });
    succeeded(await sipp([...scenario('uac-prack'), '-m', '5', '-r', '20', `127.0.0.1:${started.agent.port}`]));
    expect(pracks).toBe(5);
    await rig.expectDrained();
  });

  describe('many of them', { concurrent: false }, () => {
    it.for([
      ['UDP', 'u1'],
      ['TCP', 't1'],
      ['TCP with a connection per call', 'tn'],
    ] as const)('completes 200 calls over %s', async ([, transport], context) => {
      const rig = openRig(context);
      const started = await rig.start((req, res, app) => void accept(req, res, app));
      const target = `127.0.0.1:${started.agent.port}`;
      succeeded(await sipp(['-sn', 'uac', '-t', transport, '-m', '200', '-r', '100', '-max_socket', '400', target]));
      expect(started.agent.stats()).toMatchObject({ malformed: 0, strayResponses: 0, limited: 0 });
      await rig.expectDrained();
    });
  });
});

describe.skipIf(!hasSipp).concurrent('the SIP agent calls sipp', () => {
  /** Starts a sipp that answers one call; it is there when this resolves. */
  async function callee(args: string[], transport: 'udp' | 'tcp' = 'udp') {
    const port = await freePort();
    const running = sipp([...args, '-m', '1'], port);
    await waitFor('sipp to listen', 15_000, () => isBound(port, transport));
    return { port, running };
  }

  /** Runs `call` against a sipp that answers; both must succeed. */
  async function against(
    rig: Rig,
    args: string[],
    call: (uri: string) => Promise<void>,
    { suffix = '', transport = 'udp' as 'udp' | 'tcp' } = {},
  ): Promise<void> {
    const { port, running } = await callee(args, transport);
    await call(`sip:bob@127.0.0.1:${port}${suffix}`);
    succeeded(await running);
    await rig.expectDrained();
  }

  it.for([
    ['udp', 'u1', ''],
    ['tcp', 't1', ';transport=tcp'],
  ] as const)('is answered and hangs up over %s', async ([transport, mode, suffix], context) => {
    const rig = openRig(context);
    const { srf: app } = await rig.start(() => {});
    await against(
      rig,
      ['-sn', 'uas', '-t', mode],
      async (uri) => {
        const dialog = await app.createUAC(uri, { localSdp: testSdp });
        expect(dialog.remote.sdp).toContain('m=audio');
        await dialog.destroy();
      },
      { suffix, transport },
    );
  });

  it('is told that the callee is busy', async (context) => {
    const rig = openRig(context);
    const { srf: app } = await rig.start(() => {});
    await against(rig, scenario('uas-busy'), async (uri) => {
      await expect(app.createUAC(uri, { localSdp: testSdp })).rejects.toMatchObject({ status: 486 });
    });
  });

  it('answers a digest challenge with the right credentials', async (context) => {
    const rig = openRig(context);
    const { srf: app } = await rig.start(() => {});
    await against(rig, scenario('uas-auth'), async (uri) => {
      const auth = { username: 'bob', password: 'secret' };
      const dialog = await app.createUAC(uri, { localSdp: testSdp, auth });
      await dialog.destroy();
    });
  });

  it('is refused with the wrong password', async (context) => {
    const rig = openRig(context);
    const { srf: app } = await rig.start(() => {});
    const { port, running } = await callee(scenario('uas-auth'));
    const auth = { username: 'bob', password: 'wrong' };
    await expect(app.createUAC(`sip:bob@127.0.0.1:${port}`, { localSdp: testSdp, auth })).rejects.toMatchObject({
      status: 403,
    });
    succeeded(await running);
    await rig.expectDrained();
  });

  it('cancels a ringing call', async (context) => {
    const rig = openRig(context);
    const { srf: app } = await rig.start(() => {});
    await against(rig, scenario('uas-cancel'), async (uri) => {
      let invite: TestSrfRequest | undefined;
      const call = app.createUAC(
        uri,
        { localSdp: testSdp },
        {
          cbRequest: (_error: unknown, req: TestSrfRequest) => {
            invite = req;
          },
          cbProvisional: () => invite?.cancel(() => {}),
        },
      );
      await expect(call).rejects.toMatchObject({ status: 487 });
    });
  });
});
