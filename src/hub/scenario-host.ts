import type { Logger } from 'pino';
import { type FakeBehaviour, FakeBotServer } from '../../connectors/bots/ac-bot-api/fake-bot.ts';
import { parseConfig } from '../config/load.ts';
import { type Hub, startHub } from '../hub.ts';
import { connectorSchemas, openCallerVoice } from './connectors.ts';

/** How a bot fails on purpose: an HTTP status, a body that is no JSON, a cut connection, or no answer at all. */
type Fault = number | 'brokenJson' | 'drop' | 'silence';

/** What a scenario's bot does; see `BotBehaviour` of the scenarios. */
interface Behaviour {
  readonly create: Fault | undefined;
  fault(activities: readonly Record<string, unknown>[]): Fault | undefined;
  answer(activities: readonly Record<string, unknown>[]): Promise<readonly object[]>;
  ended(end: { reasonCode: string; reason: string }): void;
}

/** What a run of scenarios needs: hubs in this process, bots on loopback ports, the local voice. */
export function scenarioHost(log: Logger) {
  return {
    openVoice: openCallerVoice,
    startBot,
    startHub: (configText: string): Promise<Hub> =>
      startHub(parseConfig(configText, "the scenarios' hub", {}, connectorSchemas), { log }),
  };
}

/** A Bot API bot in HTTP mode. */
async function startBot(behaviour: Behaviour): Promise<{ url: string; close: () => Promise<void> }> {
  return await FakeBotServer.start({
    expiresSeconds: 120,
    answer: async (activities) => [...(await behaviour.answer(activities))],
    behave: (step, body) => {
      if (step === 'create') return wireFault(behaviour.create);
      if (step === 'activities') return wireFault(behaviour.fault(activitiesOf(body)));
      if (step === 'disconnect') {
        const { reasonCode, reason } = JSON.parse(body) as { reasonCode?: unknown; reason?: unknown };
        behaviour.ended({ reasonCode: String(reasonCode), reason: String(reason) });
      }
      return undefined;
    },
  });
}

function activitiesOf(body: string): Record<string, unknown>[] {
  const { activities } = JSON.parse(body) as { activities?: Record<string, unknown>[] };
  return activities ?? [];
}

function wireFault(fault: Fault | undefined): FakeBehaviour | undefined {
  switch (fault) {
    case undefined:
      return undefined;
    case 'brokenJson':
      return { kind: 'body', body: '{"activities": [{"type": "mess' };
    case 'drop':
      return { kind: 'drop', taken: false };
    case 'silence':
      return { kind: 'silence' };
    default:
      return { kind: 'status', status: fault };
  }
}
