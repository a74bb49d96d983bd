import { createMoonshine } from '../../../connectors/speech/moonshine/connector.ts';
import { doubled, FakeWorker } from '../../../connectors/speech/moonshine/fake-worker.ts';
import type { SpeechToText } from '../../../src/speech/ports.ts';
import { describeSttContract, type SttHarness } from './stt-contract.ts';

describeSttContract(
  'moonshine',
  async (): Promise<SttHarness> => {
    const workers: FakeWorker[] = [];
    let starts = true;
    const service = createMoonshine(
      { id: 'moonshine', vendor: 'moonshine', workers: 1 },
      {
        spawn: () => {
          const worker = new FakeWorker(starts);
          workers.push(worker);
          return worker;
        },
        resamplers: async () => doubled,
      },
    );
    const stt = service.stt as SpeechToText;
    const away = () => {
      starts = false;
    };
    return {
      // Interim texts come after more audio than the kit has; connector.test.ts has them.
      stt: {
        id: stt.id,
        capabilities: { ...stt.capabilities, interimResults: false },
        open: (options, signal) => stt.open(options, signal),
      },
      freeze: () => {
        for (const worker of workers) worker.held = true;
      },
      vanish: async () => away(),
      break() {
        away();
        for (const worker of workers) worker.die();
      },
      dispose: () => service.close(),
    };
  },
  { local: true, lacks: ['refuse', 'hang'] },
);
