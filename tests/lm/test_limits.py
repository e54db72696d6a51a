"""One limit for each LM, for the whole process."""

from __future__ import annotations

import gc
import threading
import time

from ragkit.lm.limits import Limit


class Gauge:
    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def work(self, limit: Limit) -> None:
        with limit:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.02)
            with self.lock:
                self.now -= 1


def at_once(*limits: Limit, each: int = 6) -> int:
    gauge = Gauge()
    threads = [threading.Thread(target=gauge.work, args=(limit,)) for limit in limits for _ in range(each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gauge.most


def test_no_more_run_than_are_allowed():
    assert at_once(Limit("a", 2)) == 2


def test_the_smallest_claim_on_one_lm_holds_for_all():
    assert at_once(Limit("b", 4), Limit("b", 1)) == 1


def test_other_lms_do_not_wait():
    assert at_once(Limit("c", 1), Limit("d", 1)) == 2


def test_a_claim_that_is_gone_no_longer_counts():
    narrow, wide = Limit("e", 1), Limit("e", 4)
    del narrow
    gc.collect()
    assert at_once(wide) == 4


def test_a_failure_gives_its_place_back():
    limit = Limit("f", 1)
    for _ in range(3):
        try:
            with limit:
                raise ValueError
        except ValueError:
            pass
    assert at_once(limit, each=2) == 1
