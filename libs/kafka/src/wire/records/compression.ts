import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CompressionUnsupportedError, RecordsUnreadableError } from '../errors.js';

/** A batch may not unfold to more: what arrives small must not fill the memory. */
const MOST_BYTES = 64 * 1_048_576;
/** What records can be folded with when they are written. */
export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];
/** The quickest levels: the process that folds is the one that takes in and delivers. */
const GZIP = { level: 1 } as const;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } } as const;

/** With the codec's number in a batch's attributes. */
export function compress(name: Exclude<Compression, 'none'>, bytes: Buffer): { codec: number; bytes: Buffer } {
  switch (name) {
    case 'gzip':
      return { codec: NAMES.indexOf(name), bytes: gzipSync(bytes, GZIP) };
    case 'zstd':
      return { codec: NAMES.indexOf(name), bytes: zstdCompressSync(bytes, ZSTD) };
  }
}

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * The records of a compressed batch.
 * @throws CompressionUnsupportedError naming the codec; RecordsUnreadableError when the bytes are damaged or unfold to more than 64 MiB
 */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const name = NAMES[codec];
  try {
    switch (name) {
      case 'none':
        return bytes;
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
      case 'zstd':
        return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES });
      case 'snappy':
      case 'lz4':
      case undefined:
        break;
    }
  } catch (error) {
    throw new RecordsUnreadableError(
      `a batch of records compressed with ${String(name)} cannot be unfolded`,
      {},
      error,
    );
  }
  const codecName = name ?? String(codec);
  throw new CompressionUnsupportedError(
    `records are compressed with ${codecName}, which is not read here; their producer has to use gzip, zstd or none`,
    { codec: codecName },
  );
}
