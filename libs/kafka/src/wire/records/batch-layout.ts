/** Where the parts of a record batch lie: format 2, since Kafka 0.11. */
export const LENGTH_AT = 8;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
/** The checksum is of everything from here on. */
export const ATTRIBUTES_AT = 21;
export const LAST_DELTA_AT = 23;
export const BASE_TIME_AT = 27;
export const MAX_TIME_AT = 35;
export const PRODUCER_AT = 43;
export const COUNT_AT = 57;
export const RECORDS_AT = 61;
/** The length does not count what lies before and in it. */
export const UNCOUNTED = 12;
export const MAGIC = 2;
export const COMPRESSION_BITS = 0x07;
export const LOG_APPEND_TIME = 0x08;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;
