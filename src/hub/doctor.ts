import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { systemClock } from '../clock.ts';
import type { HubConfig, SpeechServiceConfig } from '../config/types.ts';
import type { DoctorCheck, Finding } from '../doctor/check.ts';
import { portAdvice, tryTcp } from '../doctor/ports.ts';
import { SpeechError } from '../speech/ports.ts';
import { probeStt, probeTts } from '../speech/probes.ts';
import { StoreError } from '../store/errors.ts';
import { openHubDatabase } from '../store/open-database.ts';
import { checkServer } from '../store/server-check.ts';
import { createLogger } from '../telemetry/log.ts';
import { createSpeechService } from './connectors.ts';
import { embeddedChecks } from './doctor/embedded.ts';
import { freeSwitchChecks } from './doctor/freeswitch.ts';

const SILENT = createLogger({ level: 'silent', callerContent: false });

/** Everything that the hub of this configuration needs, in the order in which it is best looked at. Starts nothing by itself. */
export function doctorChecks(config: HubConfig<BotParameterLayer>): DoctorCheck[] {
  let running = false;
  const hubRuns = () => running;
  const { http, drachtio, freeswitch, audioSocket } = config;
  return [
    {
      name: `HTTP port ${http.host}:${http.port}`,
      run: async () => {
        const problem = await tryTcp(http.host, http.port);
        if (problem === undefined) return { status: 'ok', message: 'free' };
        running = problem === 'EADDRINUSE' && (await isHub(http));
        if (running) return { status: 'ok', message: 'a hub runs here; ports of this configuration may be its' };
        const message = `cannot be listened on: ${problem}`;
        return { status: 'failed', message, advice: portAdvice(problem, 'http.port', http.host) };
      },
    },
    { name: 'database', run: () => checkDatabase(config, hubRuns()) },
    ...(drachtio && freeswitch
      ? freeSwitchChecks({ drachtio, freeswitch, audioSocket }, hubRuns)
      : embeddedChecks(config, hubRuns)),
    ...config.speechServices.map(speechCheck),
  ];
}

async function isHub({ host, port }: { host: string; port: number }): Promise<boolean> {
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${reachable}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    const body = (await response.json()) as { status?: unknown; version?: unknown };
    return body.status === 'ok' && typeof body.version === 'string';
  } catch {
    return false;
  }
}

async function checkDatabase({ database, dataDir }: HubConfig<BotParameterLayer>, running: boolean): Promise<Finding> {
  if (database.url !== undefined) {
    const { server, version, mayCreate } = await checkServer(database.url);
    if (Number.parseInt(version, 10) < 13) {
      const advice = 'the hub needs PostgreSQL 13 or newer';
      return { status: 'failed', message: `PostgreSQL ${version} at ${server}`, advice };
    }
    if (!mayCreate) {
      const advice = 'the user of database.url has to own the database: the hub makes its tables itself';
      return { status: 'failed', message: `PostgreSQL ${version} at ${server}: nothing may be made there`, advice };
    }
    return { status: 'ok', message: `PostgreSQL ${version} at ${server}` };
  }
  return await checkDataDirectory(resolve(dataDir), running);
}

async function checkDataDirectory(directory: string, running: boolean): Promise<Finding> {
  const exists = await stat(directory).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const parent = dirname(directory);
    try {
      await access(parent, constants.W_OK);
      return { status: 'ok', message: `embedded; ${directory} will be made at the first start` };
    } catch {
      const advice = `make ${directory} for the user that the hub runs as, or set another dataDir`;
      return { status: 'failed', message: `${directory} is not there and cannot be made`, advice };
    }
  }
  try {
    const { database } = await openHubDatabase({ dataDir: directory, log: SILENT, clock: systemClock });
    await database.close();
    return { status: 'ok', message: `embedded, in ${directory}` };
  } catch (error) {
    if (running && error instanceof StoreError && error.code === 'store_in_use') {
      return { status: 'ok', message: `embedded, in ${directory}; the running hub has it open` };
    }
    throw error;
  }
}

function speechCheck(entry: SpeechServiceConfig): DoctorCheck {
  return {
    name: `speech service ${entry.id} (${entry.vendor})`,
    run: async (signal) => {
      const service = await createSpeechService(entry, { log: SILENT, clock: systemClock });
      try {
        await service.warmUp();
        const startedMs = performance.now();
        if (service.stt) await probeStt(service.stt, signal);
        if (service.tts) await probeTts(service.tts, signal);
        const parts = [service.stt && 'recognises', service.tts && 'speaks'].filter((part) => part !== undefined);
        const ms = Math.round(performance.now() - startedMs);
        return { status: 'ok', message: `${parts.join(' and ')}, asked and answered in ${ms} ms` };
      } finally {
        await service.close();
      }
    },
    adviceFor: (error) => {
      if (!(error instanceof SpeechError)) return undefined;
      switch (error.code) {
        case 'speech_rejected':
          return `the vendor refuses: check the credentials of speechServices '${entry.id}', and that the account may use the service`;
        case 'speech_unavailable':
        case 'speech_timeout':
          return 'the vendor is not reached: check the address, DNS, and whether a firewall or proxy stands between';
        case 'speech_failed':
          return "the message is the vendor's own";
      }
    },
  };
}
