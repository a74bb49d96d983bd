import { pino } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import type { CallControl, OutboundConversation } from '../conversation/ports.ts';
import type { DialoutOutcome } from '../dialout/status.ts';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { OutboundCall, type OutboundCallOptions } from './outbound-call.ts';
import { FakeSip } from './testing-calls.ts';

/** A call with its callee, its bot and its dialer in the hands of the test. */
export class OutboundRig {
  readonly clock = new VirtualClock();
  readonly sip = new FakeSip();
  readonly media = new FakeMediaEngine({ clock: this.clock, maxEndpoints: 1, timeoutMs: 5_000 });
  readonly events: string[] = [];
  readonly records: CallRecord[] = [];
  /** What the conversation was told. */
  readonly told: string[] = [];
  outcome: DialoutOutcome | undefined;
  control: CallControl | undefined;
  outbound: OutboundConversation | undefined;
  finish: (reason: EndReason) => void = () => {};
  answered: 'waiting' | 'yes' | 'no' = 'waiting';
  readonly call: OutboundCall;

  constructor(options: Partial<OutboundCallOptions> = {}) {
    this.call = new OutboundCall({
      sip: this.sip,
      record: {
        ...{ id: 'id', sipCallId: '', direction: 'outbound', remote: '', sipConnection: 'c', routingRule: 'r' },
        ...{ calling: { user: '+1', host: 'h', displayName: undefined }, called: { user: '+2', host: 'g' } },
        ...{ destination: { bot: 'demo' }, conversationId: 'id' },
      },
      route: {
        routes: [
          { gateway: 'sip:g1', uri: 'sip:+2@g1', proxy: 'sip:g1' },
          { gateway: 'sip:g2', uri: 'sip:+2@g2', proxy: 'sip:g2' },
        ],
        ...{ headers: {}, auth: undefined, failoverMs: 4_000, answerMs: 20_000 },
      },
      media: this.media,
      start: ({ control, outbound }) => {
        const { promise, resolve } = Promise.withResolvers<EndReason>();
        this.control = control;
        this.outbound = outbound;
        this.finish = (reason) => {
          control.hangup(reason);
          resolve(reason);
        };
        control.answer().then(
          () => {
            this.answered = 'yes';
          },
          () => {
            this.answered = 'no';
          },
        );
        return {
          callerHungUp: (reason) => {
            this.told.push(`gone ${reason.category}`);
            resolve(reason);
          },
          end: (reason) => {
            this.told.push(`end ${reason.category}`);
            this.finish(reason);
          },
          machineDetected: (machine) => this.told.push(`machine ${machine}`),
          release: () => this.told.push('release'),
          ended: promise,
        };
      },
      observer: {
        changed: (record) => this.records.push(structuredClone(record)),
        answered: (ms) => this.events.push(`setup ${ms}`),
        media: () => {},
        turn: () => {},
      },
      dial: {
        initiated: () => this.events.push('initiated'),
        ringing: ({ ringingMs, earlyMedia }) => this.events.push(`ringing ${ringingMs} ${earlyMedia}`),
        answered: ({ answeredMs }) => this.events.push(`answered ${answeredMs}`),
        machine: ({ type }) => this.events.push(`machine ${type}`),
        ended: (outcome) => {
          this.outcome = outcome;
          this.events.push(`${outcome.status} ${outcome.reasonCode}`);
        },
      },
      clock: this.clock,
      log: pino({ level: 'silent' }),
      ...options,
    });
  }

  run(ms = 0): Promise<void> {
    return this.clock.run(ms);
  }

  get endpoint(): FakeEndpoint | undefined {
    return this.media.endpoints[0];
  }

  /** Up to the answer. */
  async talking(): Promise<this> {
    await this.run();
    this.sip.last.answer();
    await this.run();
    return this;
  }
}
