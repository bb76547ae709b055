/** Counts by name, some of them in groups. */
export type Numbers = Readonly<Record<string, unknown>>;

const isGroup = (value: unknown): value is Numbers => typeof value === 'object' && value !== null;

/** The sum of both, name by name; what is no number is left out. */
export function addNumbers(one: Numbers, other: Numbers): Numbers {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    names.flatMap((name): (readonly [string, unknown])[] => {
      const [left, right] = [one[name], other[name]];
      if (isGroup(left) || isGroup(right)) {
        return [[name, addNumbers(isGroup(left) ? left : {}, isGroup(right) ? right : {})]];
      }
      if (typeof left !== 'number' && typeof right !== 'number') return [];
      return [[name, (typeof left === 'number' ? left : 0) + (typeof right === 'number' ? right : 0)]];
    }),
  );
}

/** By path: "fates delivered". */
export function numbersOf(numbers: Numbers, before = ''): readonly (readonly [string, number])[] {
  return Object.entries(numbers).flatMap(([name, value]): (readonly [string, number])[] => {
    const path = before === '' ? name : `${before} ${name}`;
    if (typeof value === 'number') return [[path, value]];
    return isGroup(value) ? [...numbersOf(value, path)] : [];
  });
}
