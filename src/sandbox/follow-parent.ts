/**
 * Preloaded into the sandbox's processes: when whoever started them is gone (kill −9 included), they stop as if they
 * had been told to. Without it a killed sandbox would leave its ports taken.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The channel alone must not keep a process up that is done.
process.channel?.unref()
