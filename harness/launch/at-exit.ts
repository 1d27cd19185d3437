/** What is left to do when the harness ends before its programs, however it ends in order or by an exception. */
const tasks = new Set<() => void>()
let listening = false

/** Has `task` done when this process ends, what came last first; answers how to take it back. */
export function atExit(task: () => void): () => void {
  tasks.add(task)
  if (!listening) {
    listening = true
    process.on('exit', () => [...tasks].toReversed().forEach((one) => one()))
  }
  return () => void tasks.delete(task)
}
