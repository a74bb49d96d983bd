import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inviteClient, inviteClientStart } from './invite-client-transaction.ts';
import { inviteServer, inviteServerStart } from './invite-server-transaction.ts';
import { nonInviteClient, nonInviteClientStart } from './non-invite-client-transaction.ts';
import { nonInviteServer, nonInviteServerStart } from './non-invite-server-transaction.ts';
import { defaultTiming } from './timing.ts';
import type { Effect, Step, TransactionSettings } from './transaction.ts';

const udp: TransactionSettings = { timing: defaultTiming, reliable: false };

/** One party of a simulated exchange: a state machine with its timers, on a common clock. */
class Party<State extends { name: string }> {
  state: State;
  readonly timers = new Map<string, number>();
  delivered: string[] = [];
  readonly #machine: (state: State, event: never, settings: TransactionSettings) => Step<State>;
  readonly #out: (effect: Effect) => void;
  readonly #settings: TransactionSettings;

  constructor(
    from: State,
    machine: (state: State, event: never, settings: TransactionSettings) => Step<State>,
    settings: TransactionSettings,
    out: (effect: Effect) => void,
  ) {
    this.state = from;
    this.#machine = machine;
    this.#settings = settings;
    this.#out = out;
  }

  tell(event: object, now: number): void {
    const step = this.#machine(this.state, event as never, this.#settings);
    this.state = step.state;
    for (const effect of step.effects) {
      if (effect.do === 'start') this.timers.set(effect.timer, now + effect.ms);
      else if (effect.do === 'stop') this.timers.delete(effect.timer);
      else if (effect.do === 'terminate') this.timers.clear();
      else if (effect.do === 'deliver') this.delivered.push(effect.what);
      else this.#out(effect);
    }
  }
}

describe('two transactions over a network that loses, repeats and delays', () => {
  const network = fc.record({
    losses: fc.infiniteStream(fc.boolean()),
    delays: fc.infiniteStream(fc.nat({ max: 700 })),
    repeats: fc.infiniteStream(fc.boolean()),
  });

  /** Runs client and server to the end of all their timers; gives the time that took. */
  function simulate(
    invite: boolean,
    status: number,
    { losses, delays, repeats }: { losses: Iterator<boolean>; delays: Iterator<number>; repeats: Iterator<boolean> },
  ): { client: Party<{ name: string }>; server: Party<{ name: string }> | undefined; ended: number } {
    const wire: { at: number; to: 'client' | 'server'; event: object }[] = [];
    let now = 0;
    let response = 0;
    let server: Party<{ name: string }> | undefined;
    const put = (to: 'client' | 'server', event: object): void => {
      const copies = repeats.next().value ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        if (!losses.next().value) wire.push({ at: now + (delays.next().value ?? 0), to, event });
      }
    };
    const machineOf = <A, B>(a: A, b: B): A | B => (invite ? a : b);
    const client = new Party<{ name: string }>(
      machineOf(inviteClientStart, nonInviteClientStart),
      machineOf(inviteClient, nonInviteClient) as never,
      udp,
      (effect) => put('server', { type: effect.do === 'send-ack' ? 'ack' : 'request' }),
    );
    client.tell({ type: 'start' }, now);
    for (let steps = 0; ; steps++) {
      expect(steps).toBeLessThan(2_000);
      const due = [...wire.map((message) => message.at), ...client.timers.values(), ...(server?.timers.values() ?? [])];
      if (due.length === 0) return { client, server, ended: now };
      now = Math.max(now, Math.min(...due));
      const index = wire.findIndex((message) => message.at <= now);
      if (index !== -1) {
        const [message] = wire.splice(index, 1);
        if (message?.to === 'client') client.tell(message.event, now);
        else if (server) server.tell(message?.event ?? {}, now);
        else if (message && 'type' in message.event && message.event.type === 'request') {
          server = new Party<{ name: string }>(
            machineOf(inviteServerStart, nonInviteServerStart),
            machineOf(inviteServer, nonInviteServer) as never,
            udp,
            () => put('client', { type: 'response', status: response }),
          );
          response = status;
          server.tell({ type: 'respond', status }, now);
        }
        continue;
      }
      for (const party of [client, server]) {
        const timer = [...(party?.timers ?? [])].find(([, at]) => at <= now);
        if (!party || !timer) continue;
        party.timers.delete(timer[0]);
        party.tell({ type: 'timer', timer: timer[0] }, now);
        break;
      }
    }
  }

  it.each([
    ['INVITE refused', true, 486],
    ['INVITE accepted', true, 200],
    ['OPTIONS', false, 200],
  ])('%s: both always end, the client is told exactly once, nothing outlasts its timers', (_name, invite, status) => {
    fc.assert(
      fc.property(network, ({ losses, delays, repeats }) => {
        const { client, server, ended } = simulate(invite, status, { losses, delays, repeats });
        expect(client.state.name).toBe('terminated');
        if (server) expect(server.state.name).toBe('terminated');
        const finals = client.delivered.filter((what) => what === 'response');
        if (client.delivered.includes('timeout')) expect(finals).toHaveLength(0);
        else if (status >= 300 || !invite) expect(finals).toHaveLength(1);
        else expect(finals.length).toBeGreaterThan(0);
        // The last request may arrive just before timer B or F; the server then lives for its own 64*T1 and timer I.
        expect(ended).toBeLessThanOrEqual(2 * 32_000 + 5_000 + 2_000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any sequence of events', () => {
  const events = fc.array(
    fc.oneof(
      fc.constantFrom(
        { type: 'start' },
        { type: 'request' },
        { type: 'ack' },
        { type: 'cancelled' },
        { type: 'transport-error' },
      ),
      fc
        .constantFrom('A', 'B', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'cancel')
        .map((timer) => ({ type: 'timer', timer })),
      fc.constantFrom(100, 180, 200, 202, 302, 486, 603).map((status) => ({ type: 'response', status })),
      fc.constantFrom(100, 180, 200, 302, 486).map((status) => ({ type: 'respond', status })),
    ),
    { maxLength: 30 },
  );

  it('terminates at most once and does nothing afterwards', () => {
    const machines = [
      [inviteClient, inviteClientStart],
      [nonInviteClient, nonInviteClientStart],
      [inviteServer, inviteServerStart],
      [nonInviteServer, nonInviteServerStart],
    ] as const;
    fc.assert(
      fc.property(events, fc.boolean(), (sequence, reliable) => {
        for (const [machine, from] of machines) {
          let state: { name: string } = from;
          let terminations = 0;
          for (const event of sequence) {
            const step = machine(state as never, event as never, { timing: defaultTiming, reliable });
            if (state.name === 'terminated') expect(step.effects).toEqual([]);
            state = step.state;
            terminations += step.effects.filter((effect) => effect.do === 'terminate').length;
            expect(step.effects.some((effect) => effect.do === 'terminate')).toBe(
              step.effects.length > 0 && state.name === 'terminated',
            );
          }
          expect(terminations).toBe(state.name === 'terminated' ? 1 : 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
