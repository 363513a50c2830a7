/**
 * Names of static types where the constants of the program are missing: those under which namespaces have the types.
 *
 *     builtins        dict, set, property …              the dict with __build_class__
 *     types           FunctionType, CodeType …           under other names than they have themselves
 *     any other dict  deque, Decimal …
 *
 * `module` is the type of what has the dict of builtins. `code` is `_code_type` in importlib, which every Python has.
 */
import type { Layout } from "../layouts/pythonlayout.js";
import * as flag from "../layouts/typeflags.js";
import { DictTable } from "../objects/dicttable.js";
import type { PoolColumns } from "../objects/pools.js";
import { strText } from "../objects/text.js";
import type { Space } from "../space/space.js";
import { liveBlocks } from "./foundblocks.js";

/** What types call themselves, by their names in the module `types`. */
const TYPES: Readonly<Record<string, string>> = {
  FunctionType: "function",
  CodeType: "code",
  _code_type: "code",
  ModuleType: "module",
  CellType: "cell",
  GeneratorType: "generator",
  CoroutineType: "coroutine",
  AsyncGeneratorType: "async_generator",
  MethodType: "method",
  BuiltinFunctionType: "builtin_function_or_method",
  WrapperDescriptorType: "wrapper_descriptor",
  MethodWrapperType: "method-wrapper",
  MethodDescriptorType: "method_descriptor",
  ClassMethodDescriptorType: "classmethod_descriptor",
  MappingProxyType: "mappingproxy",
  TracebackType: "traceback",
  FrameType: "frame",
  GetSetDescriptorType: "getset_descriptor",
  MemberDescriptorType: "member_descriptor",
  ReferenceType: "weakref.ReferenceType",
  ProxyType: "weakref.ProxyType",
  CallableProxyType: "weakref.CallableProxyType",
  NoneType: "NoneType",
  EllipsisType: "ellipsis",
  NotImplementedType: "NotImplementedType",
};

/** Types that call themselves by their modules' names, too, as far as their structures are known. */
const QUALIFIED: Readonly<Record<string, string>> = {
  deque: "collections.deque",
  array: "array.array",
  datetime: "datetime.datetime",
  time: "datetime.time",
};

interface Namespace {
  readonly dict: number;
  readonly names: readonly (readonly [name: string, type: number])[];
  readonly isBuiltins: boolean;
}

/** By address of a static type, its name. `typeType`: `PyType_Type`; `dictType`: `PyDict_Type`. */
export function namesOfTypes(
  space: Space,
  layout: Layout,
  pools: PoolColumns,
  typeType: number,
  dictType: number,
): Map<number, string> {
  const isStaticType = (address: number): boolean =>
    address % 8 === 0 &&
    space.word(address + layout.object.ob_type) === typeType &&
    (space.uint32(address + layout.type.tp_flags) & (flag.HEAPTYPE | flag.READY)) === flag.READY;
  const namespaces = [...dictsOf(space, layout, pools, dictType)].map((dict) =>
    namespaceOf(space, layout, dict, isStaticType),
  );
  const names = new Map<number, string>();
  const give = (type: number, name: string): void => {
    if (!names.has(type)) names.set(type, name);
  };
  for (const { dict, names: own, isBuiltins } of namespaces) {
    if (!isBuiltins) continue;
    for (const [name, type] of own) give(type, name);
    const module = moduleOf(space, layout, pools, dict, isStaticType);
    if (module !== 0) give(module, "module");
  }
  const others = namespaces.flatMap((namespace) => namespace.names);
  for (const [name, type] of others) if (TYPES[name] !== undefined) give(type, TYPES[name]);
  for (const [name, type] of others) if (!name.startsWith("__")) give(type, QUALIFIED[name] ?? name);
  return names;
}

/** The type of the object that has `dict` where modules have theirs; 0 if there is none. */
function moduleOf(
  space: Space,
  { gcHead, object, module }: Layout,
  pools: PoolColumns,
  dict: number,
  isType: (address: number) => boolean,
): number {
  for (const block of liveBlocks(pools)) {
    const type = space.word(block + gcHead.size + object.ob_type);
    if (space.word(block + gcHead.size + module.md_dict) === dict && isType(type)) return type;
  }
  return 0;
}

/** Addresses of the dicts in pools. */
function* dictsOf(space: Space, { gcHead, object }: Layout, pools: PoolColumns, dictType: number): Generator<number> {
  for (const block of liveBlocks(pools))
    if (space.word(block + gcHead.size + object.ob_type) === dictType) yield block + gcHead.size;
}

function namespaceOf(space: Space, layout: Layout, dict: number, isType: (address: number) => boolean): Namespace {
  const table = DictTable.of(space, layout, dict);
  const names: [string, number][] = [];
  let isBuiltins = false;
  for (let entry = 0; entry < table.length; entry++) {
    const [key, value] = [table.key(entry), table.value(entry)];
    if (value === 0 || key === 0) continue;
    const keyType = space.word(key + layout.object.ob_type);
    if ((space.uint32(keyType + layout.type.tp_flags) & flag.UNICODE_SUBCLASS) === 0) continue;
    const isNamedType = isType(value);
    if (!isNamedType && table.length < BUILTINS) continue;
    const name = strText(space, layout, key, LONGEST);
    if (name === "__build_class__") isBuiltins = true;
    if (isNamedType) names.push([name, value]);
  }
  return { dict, names, isBuiltins };
}

/** Entries that the dict of `builtins` has at least, and characters of a type's name at most. */
const BUILTINS = 100;
const LONGEST = 100;
