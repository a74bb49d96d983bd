import type { Logger } from 'pino';
import { MOONSHINE_PACKAGES, moonshineInstalled } from '../../connectors/speech/moonshine/packages.ts';
import type { Clock } from '../clock.ts';
import type {
  GreetingListener,
  GreetingOptions,
  GreetingRecognizer,
  SpeechService,
  SpeechToText,
} from '../speech/ports.ts';
import { lazyGreetings, type OpenedGreetings } from './lazy-greetings.ts';

export interface Greetings {
  recognizer: GreetingRecognizer;
  /**
   * For a bot with this recogniser, whose first service this is. undefined: it takes dictation, and its results say more, unless its service
   * dictates greetings as well: that goes through all of a greeting again, where interim results are guesses.
   */
  of(
    stt: Pick<SpeechToText, 'capabilities'> | undefined,
    service: SpeechService | undefined,
  ): GreetingRecognizer | undefined;
  close(): Promise<void>;
}

/**
 * What hears greetings for machine detection: by language, a service that takes dictation, then Moonshine where it is installed,
 * be it configured or not, then a service that knows greetings only. Nothing is loaded until a call wants it.
 */
export function openGreetings(
  services: Iterable<SpeechService>,
  { log, clock }: { log: Logger; clock: Clock },
  openDictation: typeof openMoonshine = openMoonshine,
): Greetings {
  const configured = [...services].flatMap(({ greetings }) => greetings ?? []);
  const dictating = configured.filter(({ dictation }) => dictation === true);
  const builtIn = dictating.length === 0 ? openDictation({ log, clock }) : undefined;
  const others = configured.filter(({ dictation }) => dictation !== true);
  const missing = dictating.length === 0 && builtIn === undefined;
  const all = [...dictating, ...(builtIn ? [builtIn.greetings] : []), ...others];
  const recognizer = new ByLanguage(all, missing ? oncePerHub(log) : () => {});
  return {
    recognizer,
    of: (stt, service) =>
      stt?.capabilities.dictation === true && service?.greetings?.dictation !== true ? undefined : recognizer,
    close: async () => builtIn?.close(),
  };
}

/** undefined: its packages are not installed. */
function openMoonshine(context: { log: Logger; clock: Clock }): OpenedGreetings | undefined {
  if (!moonshineInstalled()) return undefined;
  const load = async () => {
    const { openMoonshineGreetings } = await import('../../connectors/speech/moonshine/connector.ts');
    return openMoonshineGreetings(context);
  };
  return lazyGreetings({ languages: ['en'], dictation: true }, load, context.log);
}

/** Told in the first call in English whose greeting nobody understands who takes dictation. */
function oncePerHub(log: Logger): (language: string) => void {
  let told = false;
  return (language) => {
    if (told || primary(language) !== 'en') return;
    told = true;
    log.info(
      `machine detection in English would know more greetings with the packages ${MOONSHINE_PACKAGES}: npm install`,
    );
  };
}

/** Each language is heard by the first that knows it then: one whose engine does not start is passed over. */
class ByLanguage implements GreetingRecognizer {
  readonly #all: readonly GreetingRecognizer[];
  readonly #onPrepare: (language: string) => void;

  constructor(all: readonly GreetingRecognizer[], onPrepare: (language: string) => void) {
    this.#all = all;
    this.#onPrepare = onPrepare;
  }

  get languages(): readonly string[] {
    return [...new Set(this.#all.flatMap(({ languages }) => languages))];
  }

  prepare(language: string): void {
    this.#onPrepare(language);
    this.#first(language)?.prepare(language);
  }

  listen(options: GreetingOptions, signal: AbortSignal): GreetingListener {
    return this.#first(options.language)?.listen(options, signal) ?? { write: () => {}, close: () => {} };
  }

  #first(language: string): GreetingRecognizer | undefined {
    return this.#all.find(({ languages }) => languages.some((known) => primary(known) === primary(language)));
  }
}

function primary(tag: string): string | undefined {
  return tag.toLowerCase().split(/[-_]/u)[0];
}
