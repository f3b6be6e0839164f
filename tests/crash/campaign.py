"""Many kills at once, each in a world of its own, and how an operator then leads each one to its end."""
import concurrent.futures
import os
import queue

import killing
from worlds import TARGET, World, must, signs

WORKERS = int(os.environ.get("KEYBATON_CRASH_WORKERS", 2 * (os.cpu_count() or 1)))

ROTATE = ("rotate", TARGET)
RESUME = ("resume", TARGET)
ROLLBACK = ("rollback", TARGET)
DEPLOY = (*RESUME, "--yes", "--through", "deploy")
BACK = (*ROLLBACK, "--yes", "--reason", "test")


def finish_forward(world):
    """Resume, as often as the hints ask for it, while the consumer works."""
    with world.consumer() as consumer:
        started = world.rotation()
        said = world.follow(*(RESUME if started else ROTATE))
        consumer.until_it_used(world.held())
        must(consumer.report()["calls_refused"] == 0, "the consumer was refused", consumer.report())
    world.check_end(state="completed")
    return said


def finish_forward_and_back(world):
    """What the delete kept for a late undo is whole, whatever hit it."""
    return finish_forward(world) + finish_back(world)


def finish_back(world):
    """The same, the other way: rollback again where its decision was not durable yet, else resume."""
    turned = world.rotation()["direction"] == "back"
    said = world.follow(*(RESUME if turned else ROLLBACK))
    must(world.rotation()["state"] == ("rolled_back" if world.rotation()["new_key"] else "cancelled"), said)
    world.check_end(state=world.rotation()["state"])
    must(signs(world), "the old key does not sign")
    return said


class Campaign:
    def __init__(self, moment, words, finish, prepare=World.remember_all, world=World):
        self.moment, self.words, self.finish = moment, words, finish
        self.worlds = queue.Queue()
        self.all = []
        self.sealed_seen = 0
        for _ in range(WORKERS):
            made = world()
            prepare(made)
            self.worlds.put(made)
            self.all.append(made)

    def close(self):
        for world in self.all:
            world.close()

    def points(self, world):
        world.back_to(self.moment)
        return killing.points(world, self.words)

    def one(self, point):
        """None if all is well, else what is not."""
        world = self.worlds.get()
        try:
            world.back_to(self.moment)
            hit = killing.kill_at(world, self.words, point)
            must(hit == point, f"the kill hit {hit}")
            world.check_always()
            self.finish(world)
            self.sealed_seen += len(world.sealed_bytes)
            return None
        except Exception as error:  # each failure is told with its point, all together
            return f"{point}: {type(error).__name__}: {error}"
        finally:
            self.worlds.put(world)

    def run(self, points):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            return [said for said in pool.map(self.one, points) if said]
