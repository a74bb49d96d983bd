import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The packages that this recogniser is made of; the hub works without them. */
export const MOONSHINE_PACKAGES = '@moonshine-ai/moonshine-js and onnxruntime-node';

/** Where the parts of the recogniser lie on the disk. */
export interface MoonshineFiles {
  runtime: string;
  encoder: string;
  decoder: string;
  tokenizer: string;
}

/** Looks beside this file, then in the working directory. @throws Error when a package is not installed */
export function moonshineFiles(): MoonshineFiles {
  const model = folderOf('@moonshine-ai/moonshine-js');
  const files = join(model, 'dist', 'model', 'tiny', 'quantized');
  return {
    runtime: createRequire(join(folderOf('onnxruntime-node'), 'package.json')).resolve('.'),
    encoder: join(files, 'encoder_model.onnx'),
    decoder: join(files, 'decoder_model_merged.onnx'),
    tokenizer: createRequire(join(model, 'package.json')).resolve('llama-tokenizer-js'),
  };
}

export function moonshineInstalled(): boolean {
  try {
    moonshineFiles();
    return true;
  } catch {
    return false;
  }
}

/** A package's folder: what it exports is of no use here. */
function folderOf(name: string): string {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const found = createRequire(from)
      .resolve.paths(name)
      ?.map((folder) => join(folder, name))
      .find((folder) => existsSync(join(folder, 'package.json')));
    if (found !== undefined) return found;
  }
  throw new Error(`the package ${name} is not installed: it takes ${MOONSHINE_PACKAGES}`);
}
