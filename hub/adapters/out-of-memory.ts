/** V8, WebAssembly, TensorFlow.js, ONNX Runtime and the C++ library each say it in their own words. */
const OUT_OF_MEMORY =
  /out of memory|\bOOM\b|allocation failed|bad_alloc|(?:unable|failed|could not|cannot) (?:to )?(?:allocate|grow|enlarge)/i

/** True when an error's or a dying process's text means that there was no more memory. */
export const isOutOfMemory = (text: string): boolean => OUT_OF_MEMORY.test(text)
