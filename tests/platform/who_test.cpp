#include "platform/who.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include "platform/harden.hpp"
#include "tests/platform/workbench.hpp"

namespace {

TEST(PersonUid, BelievesSudoFromRootAlone) {
  EXPECT_EQ(platform::person_uid(0, "1000"), 1000U);
  EXPECT_EQ(platform::person_uid(1001, "1000"), 1001U);
  EXPECT_EQ(platform::person_uid(0, std::nullopt), 0U);
}

TEST(PersonUid, IgnoresWhatIsNoUid) {
  for (const char* text : {"", "x", "12x", "-1", " 5", "4294967295", "99999999999"}) {
    EXPECT_EQ(platform::person_uid(0, text), 0U) << text;
  }
}

TEST(AuthenticatedPerson, NamesThePersonAndTheShortHost) {
  const std::string person = platform::authenticated_person();
  const auto at = person.find('@');
  ASSERT_NE(at, std::string::npos);
  EXPECT_GT(at, 0U);
  EXPECT_EQ(person.substr(at + 1), platform::short_host_name());
  EXPECT_EQ(person.find('.', at), std::string::npos);
}

TEST(AuthenticatedPerson, IsTheNumberWhereThereIsNoName) {
  if (::getuid() != 0) GTEST_SKIP() << "only root may speak for another";
  ::setenv("SUDO_UID", "3999999999", 1);
  const std::string person = platform::authenticated_person();
  ::unsetenv("SUDO_UID");
  EXPECT_TRUE(person.starts_with("3999999999@")) << person;
}

// Invariant 14: no core holds a secret.
TEST(HardenProcess, LeavesNoCoreAndNoTracer) {
  const int code = workbench::in_child([] {
    if (!platform::harden_process()) return 1;
    rlimit core{1, 1};
    if (::getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) return 2;
    return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
