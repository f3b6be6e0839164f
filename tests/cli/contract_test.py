"""Small promises of the command line that a script, or a person in a hurry, leans on."""
import os
import pty
import signal
import subprocess
import unittest

from harness import ACCOUNT, KEYBATON, OLD, Case, main


class Words(Case):
    def test_a_blank_reason_passes_nothing(self):
        cloud = self.cloud()
        cloud.to_deployed()
        for reason in ("", "  ", "\t"):
            for words in (["resume"], ["rotate", "sim/app"], ["rollback"], ["retire", "sim/app", "--key", OLD]):
                self.three_parts(cloud.run(*words, "--yes", "--override", reason), 2, "usage", "--override")
        self.assertNotIn('"what":"override"', cloud.run("history", "--json", "--limit", "0").out)
        house = self.house()
        self.three_parts(house.run("plan", "--profile", "x", "--override", " "), 2, "usage", "--override")

    def test_an_accept_word_that_no_stop_ever_offers_is_refused(self):
        cloud = self.cloud()
        cloud.to_deployed()
        for word in ("orphan", "orphan:", "stranger", "old_inactive", "old_inactive:", "old_inactive:delete", "yes", ""):
            self.three_parts(cloud.run("resume", "--accept", word), 2, "usage", "--accept", "old_inactive:reactivate",
                             "waive_location:NAME")
        self.error(cloud.run("rollback", "--json", "--accept", "nonsense:x"), 2, "usage", "nonsense:x")

    def test_an_accept_word_that_nothing_asked_for_is_said_to_have_done_nothing(self):
        cloud = self.cloud()
        run = cloud.run("rotate", "sim/app", "--yes", "--through", "deploy", "--accept", "orphan:AKIAX")
        self.assertIn("Warning: --accept orphan:AKIAX was not asked for and did nothing.", run.err)
        for command in ("resume", "rollback"):
            run = cloud.run(command, "--yes", "--json", "--accept", "drift:deploy")
            self.assertIn("Warning: --accept drift:deploy was not asked for", run.err)

    def test_an_accept_word_that_was_asked_for_is_not_warned_of(self):
        cloud = self.cloud()
        self.ends(cloud.run("rotate", "sim/app", "--through", "create"), 0)
        cloud.write("app.env", "PORT=80\n")
        run = self.error(cloud.run("resume", "--yes", "--json"), 4, "needs_operator")
        word = run.json["attention"]["accept"][0]
        self.assertEqual(word, "waive_location:service")
        run = cloud.run("resume", "--yes", "--through", "deploy", "--accept", word)
        self.assertNotIn("did nothing", self.ends(run, 0).err)

    def test_the_help_of_a_command_of_later_versions_says_so_and_none_is_suggested(self):
        house = self.house()
        for words in (["leak", "--help"], ["approve", "-h"], ["leak", "AKIA", "--help"]):
            self.three_parts(house.run(*words), 2, "usage", f"`keybaton {words[0]}` is not in this version")
        for slip in ("aprove", "rejct"):
            self.assertNotIn("Did you mean", house.run(slip).err)

    def test_the_help_of_each_command_ends_with_its_own_words(self):
        house = self.house()
        for words in (["journal"], ["keys"], ["key", "list"], ["history", "export"], ["status"], ["completion"]):
            run = self.ends(house.run(*words, "--help"), 0)
            self.assertNotIn("Exit codes:", run.out)
            self.assertTrue(run.out.endswith("Every command also takes --config, --journal, --actor, --json, --color, -v "
                                             "and --log-format: keybaton --help\n"), run)
        self.assertEqual(house.run("--help").out.count("Exit codes:"), 1)

    def test_numbers_and_repeated_words_are_refused_in_plain_words(self):
        house = self.house()
        for limit in ("-1", "x", "1.5", "99999999999999999999"):
            run = self.three_parts(house.run("history", "--limit", limit), 2, "usage", f'"{limit}" is no number from 0 on')
            self.assertLess(len(run.err), 300)
        self.three_parts(house.run("resume", "--yes=deploy", "--yes=delete"), 2, "usage",
                         "--yes was given twice: write --yes=deploy,deactivate.")

    def test_history_verify_and_export_take_every_record(self):
        cloud = self.cloud()
        cloud.to_deployed()
        for words in (["export", "--since", "1d"], ["--since", "1d", "verify"], ["verify", "--limit", "5"],
                      ["--reverse", "export"], ["export", "--user", "app"], ["--limit", "50", "verify"]):
            self.three_parts(cloud.run("history", *words), 2, "usage", "no filter")
        self.ends(cloud.run("history", "verify"), 0)

    def test_history_says_what_it_leaves_out_and_when_nothing_fits(self):
        cloud = self.cloud()
        cloud.to_deployed()
        all_of_it = cloud.run("history", "--limit", "0").out.splitlines()
        for order, shown in (([], all_of_it[-3:]), (["--reverse"], all_of_it[:-4:-1])):
            run = self.ends(cloud.run("history", "--limit", "3", *order), 0)
            self.assertEqual((run.out.splitlines(), run.err), (shown, "Older ones are left out; --limit 0 shows all.\n"))
        self.assertEqual(cloud.run("history", "--limit", str(len(all_of_it))).err, "")
        run = self.ends(cloud.run("history", "--user", "nobody"), 0)
        self.assertEqual((run.out, run.err), ("", "No record fits.\n"))

    def test_a_backup_without_a_directory_is_a_wrong_word(self):
        cloud = self.cloud()
        cloud.to_deployed()
        self.three_parts(cloud.run("journal", "backup", "/no/such/dir/b.db"), 2, "usage", "/no/such/dir")
        self.three_parts(cloud.run("journal", "backup", str(cloud.journal / "b.db")), 2, "usage")


class WhichOne(Case):
    def two_retires(self):
        cloud = self.cloud(policy="{quiet: 60s, grace: 0s, lag: 0s, granularity: 0s, propagation: 0s, check_every: 0s}")
        cloud.control("POST", "options", {"key_limit": 3})
        spares = [cloud.spare() for _ in range(2)]
        ids = []
        for spare in spares:
            run = self.ends(cloud.run("retire", "sim/app", "--key", spare, "--json", "--yes"), 3)
            ids.append(run.json["rotation"])
        return cloud, ids

    def test_a_target_or_prefix_that_fits_several_is_answered_with_the_command_for_one(self):
        cloud, ids = self.two_retires()
        for text in ("sim/app", ids[0][:4]):
            for command in (["status", text], ["resume", text, "--yes=deactivate"],
                            ["history", "--rotation", text], ["rollback", text, "--reason", "it's used"]):
                run = self.three_parts(cloud.run(*command), 2, "usage", "fits more than one rotation", *ids)
                self.error(cloud.run(*command, "--json"), 2, "usage", *ids)
                hint = next(line for line in run.err.splitlines() if line.startswith("  Next: "))[8:]
                named = [each for each in ids if each in hint]
                self.assertEqual(len(named), 1, hint)
                if command[0] == "rollback":
                    self.assertEqual(hint, f"keybaton rollback {named[0]} --reason 'it'\\''s used'")
                else:
                    done = subprocess.run(["sh", "-c", hint.replace("keybaton", f"'{KEYBATON}'", 1)], env=cloud.env,
                                          capture_output=True, text=True, check=False)
                    self.assertIn(done.returncode, (0, 3), (hint, done))

    def test_without_a_word_several_open_ones_are_named(self):
        cloud, ids = self.two_retires()
        self.three_parts(cloud.run("resume", "--yes"), 4, "needs_operator", *ids, "Next: keybaton resume --yes r-")

    def test_a_journal_that_was_named_and_is_not_there_is_empty_with_a_warning(self):
        house = self.house()
        missing = str(house.home / "typo.db")
        said = f"Warning: there is no journal at {missing}."
        for words in ([], ["status"], ["status", "--all"], ["history"], ["resume", "--all"]):
            self.assertIn(said, self.ends(house.run(*words, "--journal", missing), 0).err)
        listed = self.ends(house.run("status", "--json", env={"KEYBATON_JOURNAL": missing}), 0)
        self.assertEqual(listed.json, {"rotations": []})
        self.assertIn(said, listed.err)
        self.error(house.run("rollback", "--json", "--journal", missing), 2, "usage")
        self.error(house.run("status", "r-01", "--json", "--journal", missing), 2, "usage")
        self.assertEqual(self.ends(house.run(), 0).out, "No rotation is open: there is no journal yet.\n")


class Plans(Case):
    def test_a_plan_of_an_open_rotation_has_every_member_and_names_it(self):
        cloud = self.cloud()
        before = cloud.run("plan", "sim/app", "--json").json
        new = cloud.to_deployed()
        plan = self.ends(cloud.run("plan", "sim/app", "--json"), 0).json
        self.assertEqual(list(before), list(plan)[:-1])
        self.assertEqual(plan["open"], cloud.run("status", "--json").json["rotations"][0]["rotation"])
        self.assertEqual([each["holds"] for each in plan["locations"]], [new, new])
        self.assertEqual((plan["old_key"], plan["rollback"]), (OLD, "full"))
        self.assertEqual(plan["steps"], before["steps"])
        human = self.ends(cloud.run("plan", "sim/app"), 0).out
        self.assertTrue(human.startswith("A rotation of sim/app is open already:\n"), human)
        self.assertIn(plan["open"], human)

    def test_a_dry_run_that_ends_well_carries_no_error(self):
        cloud = self.cloud()
        cloud.to_deployed()
        run = self.ends(cloud.run("resume", "--dry-run", "--json"), 0)
        self.assertNotIn("error", run.json)
        self.assertEqual(set(run.json["would_end"]), {"code", "message", "hint"})
        self.assertIn(run.json["would_end"]["code"], ("waiting", "needs_operator"))
        cloud.fault(fault="expired_token", action="*", count=0)
        run = self.error(cloud.run("resume", "--dry-run", "--json"), 5, "refused")
        self.assertNotIn("would_end", run.json)


class TheSealingKey(Case):
    def test_that_is_gone_opens_no_rotation(self):  # Invariant 16
        cloud = self.cloud()
        cloud.add_user("web")
        cloud.to_deployed()
        (cloud.home / ".config/keybaton/sealing.key").unlink()
        self.three_parts(cloud.run("rotate", "sim/web", "--yes"), 9, "storage", "sealing key")
        self.error(cloud.run("rotate", "sim/web", "--yes", "--json"), 9, "storage")
        self.assertEqual([each["user"] for each in cloud.run("status", "--json").json["rotations"]], ["app"])
        self.assertFalse((cloud.home / ".config/keybaton/sealing.key").exists())
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)


class AtATerminal(Case):
    def test_the_reason_of_a_rollback_is_asked_for_once(self):
        cloud = self.cloud(policy="{quiet: 60s, grace: 0s, lag: 0s, granularity: 0s, propagation: 0s, check_every: 1s}")
        cloud.to_deployed()
        for asked in (True, False):
            parent, child = pty.openpty()
            run = subprocess.Popen([KEYBATON, "rollback", "--no-wait"], env={**cloud.env, "TERM": "xterm"}, stdin=child,
                                   stdout=child, stderr=child, start_new_session=True)
            os.close(child)
            seen = b""
            try:
                while piece := os.read(parent, 4096):
                    seen += piece
                    if seen.endswith(b"(Enter to skip) "):
                        os.write(parent, b"\n")
            except OSError:  # the other end is closed
                pass
            self.assertEqual(run.wait(20), 3, seen)
            os.close(parent)
            self.assertEqual(b"Why is this rolled back? (Enter to skip) " in seen, asked, seen)
            self.assertNotIn(b"skip)  ", seen)

    def test_an_interrupt_at_the_question_of_a_single_call_is_an_interrupt(self):
        cloud = self.cloud()
        spare = cloud.spare()
        for command in ("deactivate", "delete"):
            if command == "delete":
                self.ends(cloud.run("key", "deactivate", "sim/app", "--key", spare, "--yes"), 0)
            parent, child = pty.openpty()
            run = subprocess.Popen([KEYBATON, "key", command, "sim/app", "--key", spare], env={**cloud.env, "TERM": "xterm"},
                                   stdin=child, stdout=child, stderr=child, start_new_session=True)
            os.close(child)
            seen = b""
            while b"Type the last four" not in seen:
                seen += os.read(parent, 4096)
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(20), 130, seen)
            os.close(parent)
        self.assertEqual(cloud.keys()[spare], "Inactive")
        self.assertEqual(cloud.calls("DeleteAccessKey"), [])


if __name__ == "__main__":
    main()
