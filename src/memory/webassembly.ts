/** What the types of this package name of WebAssembly, for a program whose `lib` has no "DOM": there these are all that is known. */
declare global {
  namespace WebAssembly {
    interface Module {}
    interface Memory {}
    interface Table {}
  }
}

export {};
