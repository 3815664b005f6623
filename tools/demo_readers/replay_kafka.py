"""replay_kafka.py SERVERS TOPIC SECONDS: sends the JSON lines of standard input, each prefixed by its share of the time (0..1) and a tab."""
import sys
import time

from confluent_kafka import Producer

servers, topic, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
producer, start = Producer({"bootstrap.servers": servers, "linger.ms": 5}), time.monotonic()
for line in sys.stdin:
    at, _, event = line.rstrip("\n").partition("\t")
    wait = start + float(at) * seconds - time.monotonic()
    if wait > 0.005:
        producer.poll(0)
        time.sleep(wait)
    producer.produce(topic, event.encode())
    producer.poll(0)
producer.flush()
