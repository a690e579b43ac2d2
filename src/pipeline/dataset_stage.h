#pragma once

#include "error/result.h"
#include "pipeline/context.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// Makes gold/dataset/SET and gold/transforms/SET.json out of gold/features/SET and silver/speakers: medians for what is missing, constant
/// columns dropped, standardised, the training part balanced, all fitted on the training part alone. Does nothing (ran = false) where the
/// transform says that it was made from these very rows by this configuration. Memory: the balanced class's training rows, and a column of
/// all rows.
Result<StageSummary> make_dataset(const Context& context);

}  // namespace voxlake::pipeline
