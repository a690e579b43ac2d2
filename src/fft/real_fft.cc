#include "fft/real_fft.h"

#include "ducc0/fft/fft1d_impl.h"

namespace voxlake::fft {

using Lanes = ducc0::detail_simd::native_simd<float>;
static_assert(Lanes::size() == LaneFft::lanes, "SSE2 and NEON hold four; a build for wider vectors needs another constant");

struct RealFft::Plan {
  explicit Plan(size_t length) : plan(length, false), buffer(plan.bufsize()) {}

  ducc0::detail_fft::pocketfft_r<double> plan;
  ducc0::aligned_array<double> buffer;
};

RealFft::RealFft(size_t length) : plan_(std::make_unique<Plan>(length)) {}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;

size_t RealFft::length() const {
  return plan_->plan.length();
}

void RealFft::forward(double* values) {
  plan_->plan.exec_copyback(values, plan_->buffer.data(), 1.0, true);
}

struct LaneFft::Plan {
  explicit Plan(size_t length) : plan(length, false), data(length), buffer(plan.bufsize()) {}

  ducc0::detail_fft::pocketfft_r<float> plan;
  ducc0::aligned_array<Lanes> data;
  ducc0::aligned_array<Lanes> buffer;
};

LaneFft::LaneFft(size_t at_least) : plan_(std::make_unique<Plan>(ducc0::detail_fft::util1d::good_size_real(at_least))) {}
LaneFft::~LaneFft() = default;
LaneFft::LaneFft(LaneFft&&) noexcept = default;

size_t LaneFft::length() const {
  return plan_->plan.length();
}

float* LaneFft::values() {
  return reinterpret_cast<float*>(plan_->data.data());
}

void LaneFft::forward() {
  plan_->plan.exec_copyback(plan_->data.data(), plan_->buffer.data(), 1.0F, true);
}

void LaneFft::backward(float scale) {
  plan_->plan.exec_copyback(plan_->data.data(), plan_->buffer.data(), scale, false);
}

}  // namespace voxlake::fft
