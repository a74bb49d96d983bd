import { randomUUID } from 'node:crypto';
import type { EndReason } from '../calls/end-reason.ts';
import type { DialledCall, Dialler, DialObserver } from './ports.ts';
import type { DialoutRequest } from './request.ts';
import type { DialoutOutcome } from './status.ts';

/** A dialout for tests. */
export function someDialout(changes: Partial<DialoutRequest> & { maxQueueMs?: number } = {}): DialoutRequest {
  const { maxQueueMs = 60_000, ...fields } = changes;
  const acceptedAt = fields.acceptedAt ?? new Date().toISOString();
  return {
    id: randomUUID(),
    client: 'dialer',
    bot: 'demo',
    target: { scheme: 'tel', number: '+15551230001' },
    notifyUrl: 'http://127.0.0.1:9/notify',
    notifyStatuses: [],
    machineDetection: 'disabled',
    answerTimeoutSec: 30,
    voicemailEndTimeoutSec: 0,
    sipHeaders: [],
    acceptedAt,
    startBefore: new Date(Date.parse(acceptedAt) + maxQueueMs).toISOString(),
    ...fields,
  };
}

/** A call that the test answers and ends. */
export interface FakeCall {
  request: DialoutRequest;
  observer: DialObserver;
  atMs: number;
  cancelled: EndReason | undefined;
  over: boolean;
  end(outcome?: Partial<DialoutOutcome>): void;
}

/** Places no calls: the test says what becomes of them. */
export class FakeDialler implements Dialler {
  readonly calls: FakeCall[] = [];
  readonly #now: () => number;
  readonly #onDial: (call: FakeCall) => void;
  /** What `check` throws. */
  refusal: Error | undefined;

  constructor(options: { now?: () => number; onDial?: (call: FakeCall) => void } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#onDial = options.onDial ?? (() => {});
  }

  get live(): FakeCall[] {
    return this.calls.filter((call) => !call.over);
  }

  check(): void {
    if (this.refusal !== undefined) throw this.refusal;
  }

  dial(request: DialoutRequest, observer: DialObserver): DialledCall {
    const call: FakeCall = {
      request,
      observer,
      atMs: this.#now(),
      cancelled: undefined,
      over: false,
      end(outcome = {}) {
        if (call.over) return;
        call.over = true;
        observer.ended({
          status: 'completed',
          reasonCode: 'client-disconnected',
          reason: 'Client Side',
          end: { category: 'caller-hangup', by: 'caller', text: 'The callee hung up' },
          ...outcome,
        });
      },
    };
    this.calls.push(call);
    observer.initiated();
    this.#onDial(call);
    return {
      cancel(reason) {
        if (call.over || call.cancelled !== undefined) return;
        call.cancelled = reason;
        call.end({ status: 'failed', reasonCode: 'error', reason: reason.text, end: reason });
      },
    };
  }
}
