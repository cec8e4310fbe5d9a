"""Python's graphlib with a pool of threads: what its documentation shows, with the pool kept warm."""
import json, queue, resource, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter

CPU_SECONDS = 0.02
lock = threading.Lock()
counter = 0


def noop():
    pass


def cpu():
    end = time.thread_time() + CPU_SECONDS
    while time.thread_time() < end:
        for _ in range(1000):
            pass


def count():
    global counter
    with lock:
        counter += 1


def run_once(pool, work, after):
    sorter = TopologicalSorter(dict(enumerate(after)))
    finished = queue.SimpleQueue()

    def call(id):
        work()
        finished.put(id)

    start = time.perf_counter()
    sorter.prepare()
    while sorter.is_active():
        for id in sorter.get_ready():
            pool.submit(call, id)
        sorter.done(finished.get())
    return (time.perf_counter() - start) * 1000


file, workers, for_ms = sys.argv[1:]
with open(file) as dag_file:
    dag = json.load(dag_file)
after = dag["after"]
work = {"noop": noop, "cpu": cpu, "counter": count}[dag["kind"]]

begin = time.perf_counter()
pool = ThreadPoolExecutor(int(workers))
run_once(pool, work, after)
cold_ms = (time.perf_counter() - begin) * 1000
warm_ms = []
warm_begin = time.perf_counter()
while (time.perf_counter() - warm_begin) * 1000 < float(for_ms):
    warm_ms.append(run_once(pool, work, after))
expected = len(after) * (1 + len(warm_ms)) if dag["kind"] == "counter" else 0
if counter != expected:
    raise SystemExit(f"Counted {counter} instead of {expected}")
peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"coldMs": cold_ms, "warmMs": warm_ms, "peakMiB": peak_mib}))
