import type { Logger } from 'pino';
import { systemClock } from '../clock.ts';
import { loadConfigText } from '../config/load.ts';
import type { Hub } from '../hub.ts';
import type { SpeechService } from '../speech/ports.ts';
import { connectorRegistry, openCallerVoice } from './connectors.ts';
import { limitedRecognition } from './limited-recognition.ts';
import type { ScenarioBot, ScenarioBotBehaviour } from './scenario-bots.ts';

/** What a run of scenarios needs: hubs in this process, bots and audio on loopback ports, the local voice. */
export function scenarioHost(log: Logger) {
  return {
    openVoice: openCallerVoice,
    async startBot(
      behaviour: ScenarioBotBehaviour,
      options: { transport: 'http' | 'websocket'; resumes: boolean },
    ): Promise<ScenarioBot> {
      const { startHttpBot, startWebSocketBot } = await import('./scenario-bots.ts');
      return options.transport === 'http' ? startHttpBot(behaviour) : startWebSocketBot(behaviour, options);
    },
    serveAudio: async () => (await import('./scenario-bots.ts')).serveAudio(),
    async startHub(configText: string, options: { sttSessionLimitMs: number | undefined }): Promise<Hub> {
      const { sttSessionLimitMs: limitMs } = options;
      const speechService = (made: SpeechService) =>
        limitMs === undefined ? made : limitedRecognition(made, limitMs, systemClock);
      const { startHub } = await import('../hub.ts');
      const config = await loadConfigText(configText, "the scenarios' hub", {}, connectorRegistry);
      return startHub(config, { log, speechService });
    },
  };
}
