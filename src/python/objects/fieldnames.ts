/** What Python calls the fields of known structures. */
import type { Layout } from "../layouts/pythonlayout.js";
import { exceptionFields } from "./bodies.js";
import { isNative, type PyType } from "./pytype.js";

export type FieldNames = readonly (readonly [offset: number, step: string])[];

/** Steps from an object to what its fields hold, by offset. */
export function fieldNames(layout: Layout, type: PyType): FieldNames {
  for (let at: PyType | null = type; at !== null; at = at.base)
    if (isNative(at) && FIELDS[at.name] !== undefined) return FIELDS[at.name](layout);
  return [];
}

const FIELDS: Readonly<Record<string, (layout: Layout) => FieldNames>> = {
  function: ({ function: field }) => [
    [field.func_globals, ".__globals__"],
    [field.func_builtins, ".__builtins__"],
    [field.func_name, ".__name__"],
    [field.func_qualname, ".__qualname__"],
    [field.func_code, ".__code__"],
    [field.func_defaults, ".__defaults__"],
    [field.func_kwdefaults, ".__kwdefaults__"],
    [field.func_closure, ".__closure__"],
    [field.func_doc, ".__doc__"],
    [field.func_dict, ".__dict__"],
    [field.func_module, ".__module__"],
    [field.func_annotations, ".__annotations__"],
    [field.func_annotate, ".__annotate__"],
    [field.func_typeparams, ".__type_params__"],
  ],
  method: ({ method }) => [
    [method.im_func, ".__func__"],
    [method.im_self, ".__self__"],
  ],
  builtin_function_or_method: ({ cfunction }) => [
    [cfunction.m_self, ".__self__"],
    [cfunction.m_module, ".__module__"],
  ],
  cell: ({ cell }) => [[cell.ob_ref, ".cell_contents"]],
  module: ({ module }) => [
    [module.md_dict, ".__dict__"],
    [module.md_name, "<name of module>"],
  ],
  code: ({ code }) => [
    [code.co_consts, ".co_consts"],
    [code.co_names, ".co_names"],
    [code.co_filename, ".co_filename"],
    [code.co_name, ".co_name"],
    [code.co_qualname, ".co_qualname"],
    [code.co_linetable, ".co_linetable"],
    [code.co_exceptiontable, ".co_exceptiontable"],
    [code.co_localsplusnames, "<names of locals>"],
    [code.co_localspluskinds, "<kinds of locals>"],
  ],
  type: ({ type, heapType }) => [
    [type.tp_base, ".__base__"],
    [type.tp_dict, ".__dict__"],
    [type.tp_bases, ".__bases__"],
    [type.tp_mro, ".__mro__"],
    [type.tp_subclasses, "<subclasses>"],
    [heapType.ht_name, ".__name__"],
    [heapType.ht_qualname, ".__qualname__"],
    [heapType.ht_slots, "<names of slots>"],
    [heapType.ht_module, "<module of type>"],
  ],
  BaseException: (layout) => {
    const { args, notes, traceback, context, cause } = exceptionFields(layout);
    return [
      [args, ".args"],
      [notes, ".__notes__"],
      [traceback, ".__traceback__"],
      [context, ".__context__"],
      [cause, ".__cause__"],
    ];
  },
  frame: ({ frame }) => [
    [frame.f_back, ".f_back"],
    [frame.f_trace, ".f_trace"],
  ],
  generator: ({ generator }) => [
    [generator.gi_name, ".__name__"],
    [generator.gi_qualname, ".__qualname__"],
  ],
  "weakref.ReferenceType": ({ weakref }) => [[weakref.wr_callback, ".__callback__"]],
};
