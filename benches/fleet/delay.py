#!/usr/bin/env python3
"""A wire that takes its time: two network interfaces in two network namespaces, each frame given to one comes out of the
other after some milliseconds, in order, but for those that are lost on the way. It stands in for `tc netem`, which many kernels are built without, and needs no
more than /dev/net/tun.

    delay.py NAMESPACE/INTERFACE NAMESPACE/INTERFACE MILLISECONDS [PERCENT_LOST [SEED]]

It says `ready` once both interfaces are there, and runs until it is ended.
"""

import fcntl
import os
import random
import select
import struct
import sys
import time
from collections import deque

from namespaces import inside

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def tap(where):
    """An Ethernet interface in a namespace, as the file its frames are read from and written to."""
    namespace, name = where.split("/")
    with inside(namespace):
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def main():
    one, other = tap(sys.argv[1]), tap(sys.argv[2])
    delay = float(sys.argv[3]) / 1000
    lost = float(sys.argv[4]) / 100 if len(sys.argv) > 4 else 0.0
    chance = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    print("ready", flush=True)
    # All frames wait equally long, so they come due in the order in which they arrived.
    under_way = deque()
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, to, frame = under_way.popleft()
            try:
                os.write(to, frame)
            except OSError:
                pass  # Lost, as frames may be: the interface is down, or its queue is full.
        patience = max(0.0, under_way[0][0] - now) if under_way else None
        for device in select.select([one, other], [], [], patience)[0]:
            to = other if device == one else one
            try:
                while True:
                    frame = os.read(device, 65536)
                    if chance.random() >= lost:
                        under_way.append((time.monotonic() + delay, to, frame))
            except BlockingIOError:
                pass


main()
