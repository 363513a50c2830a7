/** What Python itself says of every object that it can reach: the witness for what `PythonObjects` says of blocks. */
import type { Python } from "./python.js";

/**
 * All objects of the collector, and what they refer to, and so on. `rows` has six words for each, which keep nothing alive; all is kept by
 * `witness.reached`, one reference each. The collector is off, so that nothing changes its generation afterwards.
 */
const INVENTORY = `
def witness():
    import array, gc, sys, types
    gc.disable()
    generations = [gc.get_objects(generation=0), gc.get_objects(generation=1), gc.get_objects(generation=2)]
    reached = {id(o): o for objects in generations for o in objects}
    young, *old = ({id(o) for o in objects} for objects in generations)
    young -= {id(generations[0])} # it came to be while they were listed
    old = set().union(*old)
    for mine in generations:
        reached.pop(id(mine), None)
    del generations, mine
    queue = list(reached.values())
    while queue:
        o = queue.pop()
        more = gc.get_referents(o)
        if type(o) is types.CodeType:
            more += [o.co_consts, o.co_names, o.co_filename, o.co_qualname, o.co_name, o.co_linetable, o.co_exceptiontable]
        for other in more:
            if id(other) not in reached:
                reached[id(other)] = other
                queue.append(other)
    del o, more, other, queue
    names, numbers = [], {}
    witness.reached, witness.names = reached, names
    values = list(reached.values())
    rows = witness.rows = array.array("I", bytes(24 * len(values)))
    count = sys.getrefcount
    for i in range(len(values)):
        o = values[i]
        t = type(o)
        if t not in numbers:
            numbers[t] = len(names)
            names.append(t.__name__)
        rows[6 * i : 6 * i + 5] = array.array("I", [
            id(o), sys.getsizeof(o) - t.__sizeof__(o), numbers[t], gc.is_tracked(o),
            1 if id(o) in young else 2 if id(o) in old else 0])
    del o, t, young, old, numbers
    alone = [object()]
    extra = count(alone[0]) - 1
    for i in range(len(values)):
        rows[6 * i + 5] = count(values[i]) - extra - 1 # that of the list
witness()
`;

export interface Witnessed {
  /** Address of the block, and of `ob_refcnt`. */
  readonly block: number;
  readonly id: number;
  readonly type: string;
  readonly isTracked: boolean;
  readonly generation: "young" | "old" | null;
  /** References, that of the inventory too; of an immortal object a great number. */
  readonly refcount: number;
}

const GENERATIONS = [null, "young", "old"] as const;

/** The inventory now. What is in it stays alive, and the collector off. */
export function inventory(python: Python): Witnessed[] {
  python.runPython(INVENTORY);
  const names: string[] = JSON.parse(python.runPython("__import__('json').dumps(witness.names)") as string);
  const proxy = python.runPython("witness.rows");
  const buffer = proxy.getBuffer("u32");
  const rows: Uint32Array = buffer.data.slice();
  buffer.release();
  proxy.destroy();
  return Array.from({ length: rows.length / 6 }, (_, i) => {
    const [id, before, type, isTracked, generation, refcount] = rows.subarray(6 * i, 6 * i + 6);
    return {
      block: id - before,
      id,
      type: names[type],
      isTracked: isTracked === 1,
      generation: GENERATIONS[generation],
      refcount,
    };
  });
}
