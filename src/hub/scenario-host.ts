import type { Logger } from 'pino';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/load.ts';
import { type Hub, startHub } from '../hub.ts';
import type { SpeechService } from '../speech/ports.ts';
import { connectorSchemas, openCallerVoice } from './connectors.ts';
import { limitedRecognition } from './limited-recognition.ts';
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
    startHub(configText: string, options: { sttSessionLimitMs: number | undefined }): Promise<Hub> {
      const { sttSessionLimitMs: limitMs } = options;
      const speechService = (made: SpeechService) =>
        limitMs === undefined ? made : limitedRecognition(made, limitMs, systemClock);
      return startHub(parseConfig(configText, "the scenarios' hub", {}, connectorSchemas), { log, speechService });
    },
  };
}
