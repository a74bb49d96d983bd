import { describe, expect, it } from 'vitest';
import {
  type InviteClientEvent,
  type InviteClientState,
  inviteClient,
  inviteClientStart,
} from './invite-client-transaction.ts';
import {
  type InviteServerEvent,
  type InviteServerState,
  inviteServer,
  inviteServerStart,
} from './invite-server-transaction.ts';
import {
  type NonInviteClientEvent,
  type NonInviteClientState,
  nonInviteClient,
  nonInviteClientStart,
} from './non-invite-client-transaction.ts';
import {
  type NonInviteServerEvent,
  type NonInviteServerState,
  nonInviteServer,
  nonInviteServerStart,
} from './non-invite-server-transaction.ts';
import { type RepeatedResponseEvent, repeatedResponse, startRepeating } from './repeated-response.ts';
import { defaultTiming } from './timing.ts';
import type { Effect, Step, TransactionSettings } from './transaction.ts';

const udp: TransactionSettings = { timing: defaultTiming, reliable: false };
const tcp: TransactionSettings = { timing: defaultTiming, reliable: true };

function show(effect: Effect): string {
  switch (effect.do) {
    case 'start':
      return `start ${effect.timer} ${effect.ms}`;
    case 'stop':
      return `stop ${effect.timer}`;
    case 'deliver':
      return `deliver ${effect.what}`;
    default:
      return effect.do;
  }
}

/** Runs events through a machine; one line per step: the new state and the effects but for stopped timers. */
function trace<State extends { name: string }, Event>(
  machine: (state: State, event: Event, settings: TransactionSettings) => Step<State>,
  from: State,
  events: Event[],
  settings: TransactionSettings = udp,
): string[] {
  let state = from;
  return events.map((event) => {
    const step = machine(state, event, settings);
    state = step.state;
    return [state.name, ...step.effects.map(show).filter((text) => !text.startsWith('stop'))].join(', ');
  });
}

describe('INVITE client transaction (RFC 3261 17.1.1, RFC 6026)', () => {
  const start: InviteClientEvent = { type: 'start' };
  const response = (status: number): InviteClientEvent => ({ type: 'response', status });
  const timer = (id: 'A' | 'B' | 'D' | 'M' | 'cancel'): InviteClientEvent => ({ type: 'timer', timer: id });
  const run = (events: InviteClientEvent[], settings = udp): string[] =>
    trace<InviteClientState, InviteClientEvent>(inviteClient, inviteClientStart, events, settings);

  it('repeats with timer A doubling without bound and gives up at timer B', () => {
    expect(run([start, timer('A'), timer('A'), timer('A'), timer('A'), timer('B')])).toEqual([
      'calling, send-request, start A 500, start B 32000',
      'calling, send-request, start A 1000',
      'calling, send-request, start A 2000',
      'calling, send-request, start A 4000',
      'calling, send-request, start A 8000',
      'terminated, deliver timeout, terminate',
    ]);
  });

  it('stops repeating at the first provisional response', () => {
    expect(run([start, response(180), timer('A'), timer('B'), response(183)])).toEqual([
      'calling, send-request, start A 500, start B 32000',
      'proceeding, deliver response',
      'proceeding',
      'proceeding',
      'proceeding, deliver response',
    ]);
  });

  it('acknowledges a failure, and again when it is repeated, until timer D', () => {
    expect(run([start, response(486), response(486), response(180), timer('D')]).slice(1)).toEqual([
      'completed, send-ack, start D 32000, deliver response',
      'completed, send-ack',
      'completed',
      'terminated, terminate',
    ]);
    expect(run([start, response(486)], tcp)).toEqual([
      'calling, send-request, start B 32000',
      'terminated, send-ack, deliver response, terminate',
    ]);
  });

  it('delivers every 2xx until timer M', () => {
    expect(run([start, response(200), response(200), response(180), timer('M')]).slice(1)).toEqual([
      'accepted, start M 32000, deliver response',
      'accepted, deliver response',
      'accepted',
      'terminated, terminate',
    ]);
    expect(run([start, response(200)], tcp)[1]).toBe('accepted, start M 32000, deliver response');
  });

  it('does not wait for ever after CANCEL', () => {
    expect(run([start, response(180), { type: 'cancelled' }, timer('cancel')]).slice(2)).toEqual([
      'proceeding, start cancel 32000',
      'terminated, deliver timeout, terminate',
    ]);
  });

  it('ends with a transport error', () => {
    expect(run([start, { type: 'transport-error' }])[1]).toBe('terminated, deliver transport-error, terminate');
  });
});

describe('non-INVITE client transaction (RFC 3261 17.1.2)', () => {
  const start: NonInviteClientEvent = { type: 'start' };
  const response = (status: number): NonInviteClientEvent => ({ type: 'response', status });
  const timer = (id: 'E' | 'F' | 'K'): NonInviteClientEvent => ({ type: 'timer', timer: id });
  const run = (events: NonInviteClientEvent[], settings = udp): string[] =>
    trace<NonInviteClientState, NonInviteClientEvent>(nonInviteClient, nonInviteClientStart, events, settings);

  it('repeats with timer E capped at T2 and gives up at timer F', () => {
    expect(run([start, timer('E'), timer('E'), timer('E'), timer('E'), timer('F')])).toEqual([
      'trying, send-request, start E 500, start F 32000',
      'trying, send-request, start E 1000',
      'trying, send-request, start E 2000',
      'trying, send-request, start E 4000',
      'trying, send-request, start E 4000',
      'terminated, deliver timeout, terminate',
    ]);
  });

  it('keeps timers E and F after a provisional response', () => {
    expect(run([start, response(100), timer('E'), timer('F')]).slice(1)).toEqual([
      'proceeding, deliver response',
      'proceeding, send-request, start E 4000',
      'terminated, deliver timeout, terminate',
    ]);
  });

  it('absorbs repeated final responses until timer K', () => {
    expect(run([start, response(200), response(200), timer('K')]).slice(1)).toEqual([
      'completed, start K 5000, deliver response',
      'completed',
      'terminated, terminate',
    ]);
    expect(run([start, response(200)], tcp)[1]).toBe('terminated, deliver response, terminate');
  });
});

describe('INVITE server transaction (RFC 3261 17.2.1, RFC 6026)', () => {
  const request: InviteServerEvent = { type: 'request' };
  const respond = (status: number): InviteServerEvent => ({ type: 'respond', status });
  const timer = (id: 'G' | 'H' | 'I' | 'L'): InviteServerEvent => ({ type: 'timer', timer: id });
  const ack: InviteServerEvent = { type: 'ack' };
  const run = (events: InviteServerEvent[], settings = udp): string[] =>
    trace<InviteServerState, InviteServerEvent>(inviteServer, inviteServerStart, events, settings);

  it('answers a repeated INVITE with the last provisional response', () => {
    expect(run([request, respond(100), request, respond(180), request])).toEqual([
      'proceeding',
      'proceeding, send-response',
      'proceeding, resend-response',
      'proceeding, send-response',
      'proceeding, resend-response',
    ]);
  });

  it('repeats a failure with timer G capped at T2 and gives up at timer H', () => {
    expect(run([respond(486), timer('G'), timer('G'), timer('G'), timer('G'), request, timer('H')])).toEqual([
      'completed, send-response, start G 500, start H 32000',
      'completed, resend-response, start G 1000',
      'completed, resend-response, start G 2000',
      'completed, resend-response, start G 4000',
      'completed, resend-response, start G 4000',
      'completed, resend-response',
      'terminated, deliver timeout, terminate',
    ]);
  });

  it('absorbs ACKs until timer I', () => {
    expect(run([respond(486), ack, ack, request, timer('G'), timer('I')]).slice(1)).toEqual([
      'confirmed, start I 5000',
      'confirmed',
      'confirmed',
      'confirmed',
      'terminated, terminate',
    ]);
    expect(run([respond(486), ack], tcp)).toEqual(['completed, send-response, start H 32000', 'terminated, terminate']);
  });

  it('absorbs repeated INVITEs after a 2xx until timer L', () => {
    expect(run([respond(200), request, respond(200), respond(486), ack, timer('L')])).toEqual([
      'accepted, send-response, start L 32000',
      'accepted',
      'accepted, send-response',
      'accepted',
      'accepted, deliver ack',
      'terminated, terminate',
    ]);
  });
});

describe('non-INVITE server transaction (RFC 3261 17.2.2)', () => {
  const request: NonInviteServerEvent = { type: 'request' };
  const respond = (status: number): NonInviteServerEvent => ({ type: 'respond', status });
  const run = (events: NonInviteServerEvent[], settings = udp): string[] =>
    trace<NonInviteServerState, NonInviteServerEvent>(nonInviteServer, nonInviteServerStart, events, settings);

  it('is silent until the first response and repeats the last until timer J', () => {
    expect(
      run([request, respond(100), request, respond(200), request, respond(500), { type: 'timer', timer: 'J' }]),
    ).toEqual([
      'trying',
      'proceeding, send-response',
      'proceeding, resend-response',
      'completed, send-response, start J 32000',
      'completed, resend-response',
      'completed',
      'terminated, terminate',
    ]);
    expect(run([respond(200)], tcp)).toEqual(['terminated, send-response, terminate']);
  });
});

describe('repeated responses of the user agent core', () => {
  const run = (kind: 'final' | 'provisional', events: RepeatedResponseEvent['type'][]): string[] => {
    let step = startRepeating(kind, defaultTiming);
    const lines = [step.effects.map((effect) => ('ms' in effect ? `${effect.do} ${effect.ms}` : effect.do)).join(', ')];
    for (const type of events) {
      step = repeatedResponse(step.state, { type });
      lines.push(step.effects.map((effect) => ('ms' in effect ? `${effect.do} ${effect.ms}` : effect.do)).join(', '));
    }
    return lines;
  };

  it('repeats a 2xx at most every T2 and gives up after 64*T1 (RFC 3261 13.3.1.4)', () => {
    expect(
      run('final', ['interval-over', 'interval-over', 'interval-over', 'interval-over', 'time-over', 'interval-over']),
    ).toEqual([
      'wait-interval 500, wait-limit 32000',
      'resend, wait-interval 1000',
      'resend, wait-interval 2000',
      'resend, wait-interval 4000',
      'resend, wait-interval 4000',
      'stop-waiting, give-up',
      '',
    ]);
  });

  it('doubles without bound for a reliable provisional response (RFC 3262 3)', () => {
    expect(run('provisional', ['interval-over', 'interval-over', 'interval-over', 'interval-over']).at(-1)).toBe(
      'resend, wait-interval 8000',
    );
  });

  it('stops when it is confirmed', () => {
    expect(run('final', ['confirmed', 'time-over'])).toEqual([
      'wait-interval 500, wait-limit 32000',
      'stop-waiting',
      '',
    ]);
  });
});
