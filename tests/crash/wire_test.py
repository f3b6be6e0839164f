"""Replies that never arrive: a create is sent once, an orphan is shown and goes only with consent, and no other
mutation is sent again before the world was read. Invariants 3, 5, 11, 18."""
import sys
import unittest

from worlds import KIND, OLD, TARGET, OneWorld, World, must, signs

# The work was done, and the reply that says so does not arrive whole.
AFTER = ([{"fault": "drop_reply"}, {"fault": "drop_reply", "reset": True}, {"fault": "error_500_after"},
          {"fault": "garbage"}, {"fault": "leak"}] +
         [{"fault": "cut_reply", "at_byte": at} for at in KIND.reply_cuts] +
         [{"fault": "cut_reply", "at_byte": at, "whole_reply": True} for at in (1, 20, 100)] +
         [{"fault": "cut_reply", "at_byte": KIND.reply_cuts[-2], "reset": True}])
# The work was not done, and the client cannot know.
BEFORE = [{"fault": "drop_request"}, {"fault": "drop_request", "reset": True}, {"fault": "error_500_before"},
          {"fault": "error_503_before"}, {"fault": "html_502_before"}]
KEPT_ALIVE = ("GetUser", "ListAccessKeys", "GetAccessKeyLastUsed", "GetCallerIdentity")


def name(fault):
    return " ".join(f"{key}={value}" if key != "fault" else str(value) for key, value in fault.items())


class Wire(OneWorld):
    def sent(self, action, status=""):
        return [entry for entry in self.world.mutations()
                if entry["action"] == action and entry["asked_status"] == status]

    def each(self, moment, faults, action, work):
        for fault in faults:
            with self.subTest(name(fault), action=action):
                self.world.back_to(moment)
                self.world.fault(action=action, **fault)
                work()
                self.assertEqual(self.world.control("GET", "faults")[0]["struck"], 1, "the fault was met")

    def to_the_end(self, *words):
        with self.world.consumer() as consumer:
            said = self.world.follow(*words)
            consumer.until_it_used(self.world.held())
            must(consumer.report()["calls_refused"] == 0, consumer.report())
        return said

    def test_a_create_whose_reply_is_lost_leaves_an_orphan_that_goes_with_consent(self):
        def one():
            run = self.world.run("rotate", TARGET, "--yes", "--json")
            if run.code == 6:
                run = self.world.run("resume", "--yes", "--json")
            self.assertEqual(run.code, 4, run)
            made = self.sent("CreateAccessKey")
            self.assertEqual(len(made), 1, "sent once on the wire")
            orphan = made[0]["created_key"]
            self.assertEqual(run.json["attention"]["code"], "orphan")
            self.assertIn(orphan, run.json["attention"]["message"])
            self.assertEqual(run.json["attention"]["accept"], [f"orphan:{orphan}"])
            self.assertEqual(run.json["error"]["hint"], run.json["attention"]["hint"])
            self.assertIn(f"--accept orphan:{orphan}", run.json["error"]["hint"])
            # Without that consent nothing changes, however often it is resumed, and --yes is none.
            for _ in range(2):
                self.assertEqual(self.world.run("resume", "--yes", "--json").code, 4)
            self.assertEqual(self.world.keys(), {OLD: "Active", orphan: "Active"})
            self.assertEqual(len(self.world.mutations()), 1)
            self.to_the_end("resume")
            self.world.check_end(state="completed")
            self.assertNotIn(orphan, self.world.keys())
            self.assertEqual(len(self.sent("CreateAccessKey")), 2)
        self.each("fresh", AFTER, "CreateAccessKey", one)

    def test_a_create_that_never_arrived_is_made_again_as_a_new_attempt(self):
        def one():
            self.to_the_end("rotate", TARGET)
            self.world.check_end(state="completed")
            self.assertEqual([entry["worked"] for entry in self.sent("CreateAccessKey")], [False, True])
            attempts = [record["attempt"] for record in self.world.history()
                        if record["kind"] == "intent" and record["step"] == "create"]
            self.assertEqual(len(set(attempts)), 2)
        self.each("fresh", BEFORE, "CreateAccessKey", one)

    def test_a_rollback_with_an_orphan_shows_it_and_goes_back_to_one_key(self):
        def one():
            self.world.run("rotate", TARGET, "--yes", "--json")
            said = self.world.follow("rollback")
            self.assertIn(self.world.rotation()["state"], ("cancelled", "rolled_back"), said)
            self.assertEqual(self.world.keys(), {OLD: "Active"}, said)
            self.world.check_intents()
            self.world.check_nothing_left()
        self.each("fresh", AFTER[:4], "CreateAccessKey", one)

    def test_a_connection_closed_before_the_create_does_not_send_it_twice(self):
        for action in KEPT_ALIVE:
            def one():
                self.to_the_end("rotate", TARGET)
                self.world.check_end(state="completed")
                self.assertEqual(len(self.sent("CreateAccessKey")), 1)
            self.each("fresh", [{"fault": "close_after"}, {"fault": "close_after", "reset": True}], action, one)

    def mutation(self, moment, words, state, action, status, faults, times):
        def one():
            said = self.world.follow(*words) if state == "rolled_back" else self.to_the_end(*words)
            self.world.check_end(state=state)
            self.assertEqual(len(self.sent(action, status)), times, said)
            self.assertTrue(signs(self.world))
        self.each(moment, faults, action, one)

    def test_a_deactivate_or_delete_that_was_done_is_not_sent_again(self):
        self.mutation("moved", ["resume"], "completed", "UpdateAccessKey", "Inactive", AFTER, 1)
        self.mutation("moved", ["resume"], "completed", "DeleteAccessKey", "", AFTER, 1)

    def test_a_deactivate_or_delete_that_never_arrived_is_intended_anew(self):
        self.mutation("moved", ["resume"], "completed", "UpdateAccessKey", "Inactive", BEFORE, 2)
        self.mutation("moved", ["resume"], "completed", "DeleteAccessKey", "", BEFORE, 2)

    def test_a_reactivation_whose_reply_is_lost_is_repeated_until_it_is_known(self):
        def one():
            self.world.follow("rollback")
            self.world.check_end(state="rolled_back")
            self.assertGreaterEqual(len([e for e in self.sent("UpdateAccessKey", "Active") if e["worked"]]), 1)
        self.each("deactivated", AFTER + BEFORE, "UpdateAccessKey", one)

    def test_taking_the_new_key_away_is_sent_once_where_it_was_done(self):
        self.mutation("moved", ["rollback"], "rolled_back", "UpdateAccessKey", "Inactive", AFTER, 1)
        self.mutation("moved", ["rollback"], "rolled_back", "DeleteAccessKey", "", AFTER, 1)
        self.mutation("moved", ["rollback"], "rolled_back", "UpdateAccessKey", "Inactive", BEFORE, 2)
        self.mutation("moved", ["rollback"], "rolled_back", "DeleteAccessKey", "", BEFORE, 2)

    @unittest.skipUnless(KIND.has_bin, "what this cloud deletes is gone")
    def test_a_restore_from_the_recycle_bin_is_sent_once_where_it_was_done(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.remember_late()
        for faults, times in ((AFTER, 1), (BEFORE, 2)):
            self.mutation("completed", ["rollback", TARGET], "rolled_back", "RestoreAccessKeyFromRecycleBin", "", faults,
                          times)


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=2)
