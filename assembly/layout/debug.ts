/** Whether this build checks what its code assumes. `asconfig.json` sets it for the debug target. */
export const DEBUG: bool = isDefined(PYMALLOC_DEBUG);
