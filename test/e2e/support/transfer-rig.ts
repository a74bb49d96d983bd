import type { CallRecord } from '../../../src/calls/record.ts';
import { FakeBot, type SeenActivity, type SeenConversation, say } from './fake-bot.ts';
import { freeHubPorts } from './hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './hub-process.ts';
import { RtpPeer } from './rtp-peer.ts';
import { type Sipp, type SippResult, startSipp } from './sipp.ts';
import { type CalleeResult, type SippCallee, startCallee } from './sipp-callee.ts';
import { establish, scenario } from './sipp-scenario.ts';
import { waitFor } from './wait-for.ts';

/** Callers of these addresses come by connections of these methods of transfer. */
export const CALLERS = { invite: '127.0.0.1', refer: '127.0.0.2', attended: '127.0.0.3' } as const;
export type CallerMethod = keyof typeof CALLERS;

export const GREETING_HZ = 700;
/** What the bot says when it has the caller back. */
export const BACK_HZ = 900;
export const RINGING_HZ = 425;

export interface TransferCall {
  method: CallerMethod;
  transport?: 'udp' | 'tcp';
  /** `activityParams` of the transfer; `AGENT` in a target stands for the agent's address. Absent: the bot stays, and answers tones. */
  transfer?: Record<string, unknown>;
  /** Steps of sipp behind the agent's telephone; absent: it is not there. */
  agent?: readonly string[];
  /** Steps of the caller's sipp from the answer on; `AGENT` in them stands for the agent's address. */
  caller: readonly string[];
  /** The bot has the call recorded under the name `talk`. */
  recorded?: boolean;
  /** Instead of one that sipp makes up. */
  callId?: string;
  /** What the bot answers a `transferStatus` with, or a tone where it stays, beside its own tone. */
  back?: readonly object[];
}

/** One call with a transfer, and both ends of it. */
export interface RunningTransfer {
  callerEar: RtpPeer;
  agentEar: RtpPeer;
  caller: Promise<SippResult>;
  /** The caller's telephone. */
  sipp: Sipp;
  agent: Promise<CalleeResult> | undefined;
  conversation(): SeenConversation | undefined;
  /** Waits for the event of that name. */
  told(name: string): Promise<SeenActivity>;
  record(): Promise<CallRecord>;
  close(): Promise<void>;
}

/** A hub whose bot hands every caller over as the caller's own test says. */
export class TransferRig {
  readonly hub: HubProcess;
  readonly bot: FakeBot;
  readonly #plans: Map<string, TransferCall & { target: string }>;
  #count = 0;

  private constructor(hub: HubProcess, bot: FakeBot, plans: Map<string, TransferCall & { target: string }>) {
    this.hub = hub;
    this.bot = bot;
    this.#plans = plans;
  }

  /** @param connections SIP connections beside those of callers and agents */
  static async start(
    extra: Record<string, unknown> = {},
    connections: readonly Record<string, unknown>[] = [],
  ): Promise<TransferRig> {
    const plans = new Map<string, TransferCall & { target: string }>();
    const bot = await FakeBot.start({ onActivity: (activity, conversation) => answer(activity, conversation, plans) });
    const destinations = ['*', 'sip:*@127.0.0.1'];
    const hub = await HubProcess.start({
      program: TEST_LAUNCHER,
      botUrl: bot.url,
      ports: await freeHubPorts(100),
      extra: {
        transfers: { ringTimeoutMs: 2_500, referTimeoutMs: 2_500, ringbackCountry: 'de' },
        sipConnections: [
          ...Object.entries(CALLERS).map(([method, address]) => ({
            id: `callers-${method}`,
            allowFrom: [`${address}/32`],
            transferMethod: method,
          })),
          { id: 'agents', gateways: ['sip:127.0.0.1:9'], destinations },
          ...connections,
        ],
        routingRules: [
          { id: 'no-premium', type: 'transfer', called: '+1900*', destination: { reject: { code: 403 } } },
          { id: 'to-agents', type: 'transfer', origin: { bot: 'demo' }, destination: { sipConnection: 'agents' } },
          { id: 'to-demo', called: 'demo', destination: { bot: 'demo' } },
        ],
        ...extra,
      },
    });
    return new TransferRig(hub, bot, plans);
  }

  async call(call: TransferCall): Promise<RunningTransfer> {
    this.#count += 1;
    const name = `caller${this.#count}`;
    const { method, transport = 'udp' } = call;
    const [callerEar, agentEar] = await Promise.all([RtpPeer.open({ host: CALLERS[method] }), RtpPeer.open()]);
    let phone: SippCallee | undefined;
    if (call.agent !== undefined) {
      phone = await startCallee(call.agent, { transport, mediaPort: agentEar.port });
    }
    const address = `127.0.0.1:${phone?.port ?? 9};transport=${transport}`;
    const target = String(call.transfer?.transferTarget ?? 'sip:agent@AGENT').replace('AGENT', address);
    this.#plans.set(name, { ...call, target });
    const steps = call.caller.map((step) => step.replaceAll('AGENT', address));
    const sipp = startSipp({
      scenario: scenario(name, [...establish(), ...steps]),
      hubPort: this.hub.ports.sip,
      host: CALLERS[method],
      caller: name,
      transport,
      mediaPort: callerEar.port,
      ...(call.callId === undefined ? {} : { callId: call.callId }),
    });
    const conversation = () => this.bot.conversations.find(({ activities }) => callerOf(activities[0]) === name);
    return {
      ...{ callerEar, agentEar, sipp, caller: sipp.done, agent: phone?.done, conversation },
      told: (event) =>
        waitFor(`the bot to be told ${event}`, 15_000, () =>
          conversation()?.activities.find((activity) => activity.name === event),
        ),
      record: () => this.hub.endedCall(({ calling, direction }) => calling.user === name && direction === 'inbound'),
      async close() {
        phone?.stop();
        await Promise.all([callerEar.close(), agentEar.close()]);
      },
    };
  }

  /** The hub calls somebody, whose telephone does `callee`, for the bot, which hands him over to the agent. */
  async dial({
    transfer,
    agent,
    callee,
  }: Required<Pick<TransferCall, 'transfer' | 'agent'>> & { callee: readonly string[] }) {
    const [calleeEar, agentEar] = await Promise.all([RtpPeer.open(), RtpPeer.open()]);
    const [called, phone] = await Promise.all([
      startCallee(callee, { mediaPort: calleeEar.port }),
      startCallee(agent, { mediaPort: agentEar.port }),
    ]);
    this.#count += 1;
    const caller = `+1555999${String(this.#count).padStart(4, '0')}`;
    const target = `sip:agent@127.0.0.1:${phone.port}`;
    this.#plans.set(caller, { ...{ method: 'invite', caller: [] }, transfer, target });
    const answer = await this.hub.fetch('/api/v1/actions/dialout', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ bot: 'demo', target: `sip:callee@127.0.0.1:${called.port}`, caller }),
    });
    if (!answer.ok) throw new Error(`the dialout was answered ${answer.status}: ${await answer.text()}`);
    return {
      ...{ calleeEar, agentEar, callee: called.done, agent: phone.done },
      record: () => this.hub.endedCall(({ calling, called: { user } }) => calling.user === caller && user === 'callee'),
      async close() {
        await Promise.all([calleeEar.close(), agentEar.close()]);
      },
    };
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await this.bot.close();
  }
}

function callerOf(activity: SeenActivity | undefined): string | undefined {
  const parameters = activity?.parameters as { caller?: string } | undefined;
  return parameters?.caller;
}

function answer(
  activity: SeenActivity,
  { activities }: SeenConversation,
  plans: ReadonlyMap<string, TransferCall & { target: string }>,
): readonly object[] {
  const plan = plans.get(callerOf(activities[0]) ?? '');
  if (plan === undefined) return [];
  if (plan.transfer === undefined) {
    if (activity.name === 'start') return [say(`${GREETING_HZ} Hz 400 ms`)];
    return activity.type === 'message' ? [say(`${BACK_HZ} Hz 400 ms`), ...(plan.back ?? [])] : [];
  }
  if (activity.name === 'start') {
    const activityParams = { ...plan.transfer, transferTarget: plan.target };
    const record = { type: 'event', name: 'startCallRecording', activityParams: { callRecordingId: 'talk' } };
    return [
      ...(plan.recorded ? [record] : []),
      say(`${GREETING_HZ} Hz 400 ms`),
      { type: 'event', name: 'transfer', activityParams },
    ];
  }
  if (activity.name !== 'transferStatus') return [];
  const { status } = activity.value as { status: string };
  return status === 'answered' ? [] : [say(`${BACK_HZ} Hz 400 ms`), ...(plan.back ?? [])];
}
