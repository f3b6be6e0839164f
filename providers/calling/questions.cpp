#include "providers/calling/questions.hpp"

#include "providers/calling/tries.hpp"

namespace calling {

rotation::Told told_of(Setback setback, Signer& signer) {
  using rotation::Later;
  switch (setback.remedy) {
    case Remedy::wait:
      return Later{
          .why = setback.refused.why == rotation::Refusal::throttled ? Later::Why::throttled : Later::Why::fault,
          .at_least = setback.retry_after,
          .text = not_certain(setback).why};
    case Remedy::clock: return Later{.text = not_certain(setback).why};  // the reply's Date header has set the offset
    case Remedy::new_session:
      if (signer.expire()) return Later{.text = not_certain(setback).why};
      break;
    case Remedy::none: break;
  }
  if (ends_refused(Effect::read, setback)) return std::move(setback.refused);
  return not_certain(setback);
}

}  // namespace calling
