import { randomUUID } from 'node:crypto';
import { Bridge, endOfPartner } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallFacts } from '../conversation/ports.ts';
import { messageOf } from '../errors.ts';
import { playWaiting, type WaitingSound } from '../media/waiting-sound.ts';
import type { RingPlan } from '../routing/ring-plan.ts';
import type { CallApplication, CallContext, Converse, StartApplication } from './call-application.ts';
import { endOfForward } from './forward-refusal.ts';
import { forbiddenLeg, type Leg, type LegDeps, type LegPlan } from './leg.ts';
import { placeLeg } from './legs.ts';
import { Party } from './party.ts';
import { type RingBot, type RingCall, type RingResult, ring } from './ring.ts';

export interface ForwardDeps extends LegDeps {
  converse: Converse;
  /** A phone that rings for so long does not answer. */
  ringTimeoutMs: number;
  /** For a caller whose phone has stopped its own ringing tone for the early media of somebody who then has not answered. */
  ringback: WaitingSound;
}

export interface ForwardOptions {
  plan: RingPlan;
  /** Where the call came in. */
  sipConnection: string;
  /** Where one call of the plan goes, and as whom. @throws PatchbayError for what may not be called */
  planLeg(call: RingCall): LegPlan;
  /** Header fields of the caller's that go on with it. */
  headers(leg: LegPlan): readonly { name: string; value: string }[];
  /** Of the calls that are placed. */
  maxForwards: number;
  /** For the bot that takes the call where nobody answers. */
  facts: CallFacts;
}

/** The hub between two phones: offers a call that came in to others, relays how it goes, and joins it with the one that answers. */
export function forwardCall(options: ForwardOptions, deps: ForwardDeps): StartApplication {
  return (call) => new ForwardedCall(call, options, deps);
}

class ForwardedCall implements CallApplication {
  readonly ended: Promise<EndReason>;
  readonly #call: CallContext;
  readonly #options: ForwardOptions;
  readonly #deps: ForwardDeps;
  readonly #caller: Party;
  readonly #resolve: (reason: EndReason) => void;
  /** Aborted when the caller has gone. */
  readonly #unwanted = new AbortController();
  /** The callee's audio before the answer. */
  #early: { party: Party; bridge: Promise<Bridge> } | undefined;
  #answered = false;
  #stopRingback = () => {};
  /** What the caller was told last of how it goes. */
  #told: 'ringing' | 'early-media' | undefined;
  /** Has the call once nobody else has answered. */
  #bot: CallApplication | undefined;

  constructor(call: CallContext, options: ForwardOptions, deps: ForwardDeps) {
    this.#call = call;
    this.#options = options;
    this.#deps = deps;
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#caller = new Party(call, {
      left: (reason) => {
        this.#stopRingback();
        this.#unwanted.abort(endOfPartner(reason));
      },
      partnerLeft: (reason) => this.#onPartnerLeft(reason),
    });
    void this.#caller.ended.then(resolve);
    this.#run().catch((error: unknown) => this.#fail(error));
  }

  get party(): Party {
    return this.#caller;
  }

  callerHungUp(reason: EndReason): void {
    (this.#bot ?? this.#caller).callerHungUp(reason);
  }

  end(reason: EndReason): void {
    (this.#bot ?? this.#caller).end(reason);
  }

  get receiveInfo(): NonNullable<CallApplication['receiveInfo']> {
    return this.#bot?.receiveInfo ?? this.#caller.receiveInfo;
  }

  async #run(): Promise<void> {
    const { plan } = this.#options;
    const result = await ring(plan, (call, alone) => this.#place(call, alone), this.#unwanted.signal);
    switch (result.kind) {
      case 'answered':
        await this.#join(result);
        break;
      case 'bot':
        this.#handToBot(result.bot);
        break;
      case 'failed':
        this.#caller.end(endOfForward(result.failures));
        break;
    }
  }

  #place(ringCall: RingCall, alone: boolean): Leg {
    const { log } = this.#call;
    try {
      const { planLeg, headers, maxForwards } = this.#options;
      const plan = planLeg(ringCall);
      return placeLeg(
        plan,
        {
          sessionId: this.#call.callId,
          near: this.#call.media,
          headers: headers(plan),
          maxForwards,
          answerMs: ringCall.ringTimeoutMs ?? this.#deps.ringTimeoutMs,
          progress: ({ status, media }, party) => this.#onProgress(party, status, media && alone),
        },
        this.#deps,
      );
    } catch (error) {
      log.warn({ err: error, called: ringCall.called }, 'call cannot be passed on');
      return forbiddenLeg(error);
    }
  }

  #onProgress(party: Party, status: number, media: boolean): void {
    if (this.#answered || this.#caller.over || party.over) return;
    if (media && this.#early === undefined) {
      this.#stopRingback();
      const bridge = Bridge.join(this.#deps.media, this.#caller, party);
      bridge.catch((error: unknown) => {
        this.#call.log.info({ err: error }, 'early media cannot be passed on');
        this.#early = undefined;
      });
      this.#early = { party, bridge };
      this.#tell('early-media');
    } else if (status === 180 || !media) {
      this.#tell('ringing');
    }
  }

  #onPartnerLeft(reason: EndReason): void {
    if (this.#answered) {
      this.#caller.end(endOfPartner(reason));
      return;
    }
    this.#early = undefined;
    if (this.#caller.over) return;
    this.#stopRingback();
    this.#stopRingback = playWaiting(this.#call.media, this.#deps.ringback);
  }

  #tell(progress: 'ringing' | 'early-media'): void {
    if (this.#told === progress) return;
    this.#told = progress;
    this.#call.control.progress?.(progress);
  }

  async #join({ leg, party }: Extract<RingResult, { kind: 'answered' }>): Promise<void> {
    if (this.#caller.over) {
      leg.end(this.#unwanted.signal.reason as EndReason);
      return;
    }
    this.#answered = true;
    this.#stopRingback();
    try {
      if (this.#early?.party === party) await this.#early.bridge;
      else await Bridge.join(this.#deps.media, this.#caller, party);
      await this.#call.control.answer();
    } catch (error) {
      this.#fail(error);
      leg.end((this.#unwanted.signal.reason as EndReason | undefined) ?? FAILED);
    }
  }

  #handToBot({ bot: botId, calling, called }: RingBot): void {
    if (this.#caller.over) return;
    const { facts, sipConnection } = this.#options;
    const conversationId = randomUUID();
    this.#call.note({ destination: { bot: botId }, conversationId });
    this.#call.log.info({ bot: botId, conversationId }, 'nobody has answered: the bot takes the call');
    this.#tell('ringing');
    const start = this.#deps.converse({
      botId,
      sipConnection,
      facts: { ...facts, conversationId, caller: calling, callee: called },
    });
    this.#bot = start({ ...this.#call, log: this.#call.log.child({ conversationId }) });
    void this.#bot.ended.then(this.#resolve);
  }

  /** Nothing happens where the caller has gone already. */
  #fail(error: unknown): void {
    if (!this.#caller.over) this.#call.log.warn({ err: error }, 'call could not be passed on');
    this.#caller.end({ ...FAILED, text: messageOf(error) });
  }
}

const FAILED: EndReason = {
  category: 'media-failure',
  by: 'hub',
  text: 'the calls could not be joined',
  sipStatus: 500,
};
