import type { Logger } from 'pino';
import { parseConfig } from '../config/load.ts';
import { type Hub, startHub } from '../hub.ts';
import { connectorSchemas, openCallerVoice } from './connectors.ts';
import {
  type ScenarioBot,
  type ScenarioBotBehaviour,
  serveAudio,
  startHttpBot,
  startWebSocketBot,
} from './scenario-bots.ts';

/** What a run of scenarios needs: hubs in this process, bots and audio on loopback ports, the local voice. */
export function scenarioHost(log: Logger) {
  return {
    openVoice: openCallerVoice,
    startBot: (
      behaviour: ScenarioBotBehaviour,
      options: { transport: 'http' | 'websocket'; resumes: boolean },
    ): Promise<ScenarioBot> =>
      options.transport === 'http' ? startHttpBot(behaviour) : startWebSocketBot(behaviour, options),
    serveAudio,
    startHub: (configText: string): Promise<Hub> =>
      startHub(parseConfig(configText, "the scenarios' hub", {}, connectorSchemas), { log }),
  };
}
