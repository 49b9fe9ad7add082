/** How the process is: under the names that other programs of Node's have for the same. */
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Labels, Series } from '../../core/meter.ts'

export interface ProcessMonitor {
  series(): Series[]
  close(): void
}

const percentiles = [50, 90, 99]
/** A finer look would itself be a load. */
const resolutionMs = 10
const nanosecondsPerSecond = 1e9
const microsecondsPerSecond = 1e6

/** Watches the event loop from now on. @param version of the program */
export function monitorProcess(version: string): ProcessMonitor {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  let utilization = performance.eventLoopUtilization()

  return {
    series() {
      const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / nanosecondsPerSecond - resolutionMs / 1000)
      const delays = percentiles.map(percentile => ({
        labels: { percentile: String(percentile) },
        value: delay.count === 0 ? 0 : seconds(delay.percentile(percentile)),
      }))
      const longest = delay.count === 0 ? 0 : seconds(delay.max)
      delay.reset()
      const before = utilization
      utilization = performance.eventLoopUtilization()
      const descriptors = openDescriptors()
      return [
        gauge('inlet_build_info', 'Which inlet it is, and on which Node.js; always 1.', 1, {
          version,
          node: process.version,
        }),
        gauge(
          'process_start_time_seconds',
          'When the process began, in seconds since 1970.',
          performance.timeOrigin / 1000,
        ),
        counter('process_cpu_user_seconds_total', 'Processor time spent in the program.', user / microsecondsPerSecond),
        counter(
          'process_cpu_system_seconds_total',
          'Processor time spent in the system for it.',
          system / microsecondsPerSecond,
        ),
        gauge('process_resident_memory_bytes', 'Memory that the process holds.', rss),
        ...(descriptors === undefined
          ? []
          : [gauge('process_open_fds', 'Files and sockets that are open.', descriptors)]),
        gauge('nodejs_heap_size_used_bytes', 'Memory that objects take.', heapUsed),
        gauge('nodejs_heap_size_total_bytes', 'Memory that is set aside for objects.', heapTotal),
        gauge(
          'nodejs_heap_size_limit_bytes',
          'Memory that objects may take at most.',
          getHeapStatistics().heap_size_limit,
        ),
        gauge('nodejs_external_memory_bytes', 'Memory of buffers and the like.', external + arrayBuffers),
        {
          ...{ name: 'inlet_event_loop_delay_seconds', type: 'gauge', samples: delays },
          help: 'How much later than due the event loop came round since the last scrape.',
        },
        gauge('inlet_event_loop_delay_max_seconds', 'The longest of these delays since the last scrape.', longest),
        gauge(
          ...([
            'inlet_event_loop_utilization',
            'The part of the time since the last scrape that the event loop was busy.',
          ] as const),
          performance.eventLoopUtilization(utilization, before).utilization,
        ),
      ]
    },
    close: () => delay.disable(),
  }
}

function gauge(name: string, help: string, value: number, labels: Labels = {}): Series {
  return { name, help, type: 'gauge', samples: [{ labels, value }] }
}

function counter(name: string, help: string, value: number): Series {
  return { name, help, type: 'counter', samples: [{ labels: {}, value }] }
}

/** Where the system tells: on Linux. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
