"""Adam and its relatives: averaged gradients over averaged gradient sizes."""

import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer

def _eps(default: float = 1e-8, low: float = 1e-8):
    return knob(default, low, low * 1e6, scale="log", help="keeps the division finite when gradients vanish")


def _rate(default: float):
    return knob(default, 1e-5, 10.0, scale="log", help="the size of a step in every coordinate")


class AdamLike(Optimizer):
    """The knobs that Adam and its relatives share."""

    family = "Adam and relatives"
    by_coordinate = True

    learning_rate: Array = _rate(0.001)
    b1: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how much of the averaged gradient is kept each step")
    b2: Array = knob(0.999, 0.0, 0.9999, scale="decay", help="how long past gradient sizes are remembered")
    eps: Array = _eps()


class Adam(AdamLike):
    r"""Momentum over RMSProp's scaling, both bias-corrected. Kingma & Ba 2015, algorithm 1; optax's `adam`."""

    title = "Adam"
    formula = (
        r"\begin{aligned} m_t &= \beta_1 m_{t-1} + (1-\beta_1) g_t \\[0.5em] "
        r"v_t &= \beta_2 v_{t-1} + (1-\beta_2) g_t^2 \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} \end{aligned}"
    )
    lesson = "Momentum with a step size per coordinate: a good first guess on most problems."
    reference = "D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1"
    colour = "#CC79A7"
    dash = "dashdot"

    def transform(self):
        return optax.adam(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)


class AdamW(AdamLike):
    r"""Adam, and beside it x <- x - eta lambda x. Loshchilov & Hutter 2019, algorithm 2; optax's `adamw`."""

    title = "AdamW"
    formula = r"x_{t+1} = x_t - \eta\, \Bigl(\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} + \lambda x_t\Bigr)"
    lesson = "Adam with a pull toward zero that its scaling does not touch: it stops a little beside the minimum."
    reference = "I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2"
    colour = "#CC79A7"
    dash = "solid"

    weight_decay: Array = knob(
        1e-4, 1e-6, 1.0, scale="log", valid="not negative", help="pulls every coordinate toward zero"
    )

    def transform(self):
        return optax.adamw(
            self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps, weight_decay=self.weight_decay
        )


class AMSGrad(AdamLike):
    r"""Adam that divides by the largest v-hat so far. Reddi et al. 2018, with Adam's bias correction; optax's `amsgrad`."""

    title = "AMSGrad"
    formula = (
        r"\begin{aligned} \tilde v_t &= \max(\tilde v_{t-1}, \hat v_t) \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\tilde v_t} + \epsilon} \end{aligned}"
    )
    lesson = "Adam that never forgets its steepest slope, so its steps cannot grow again."
    reference = "S. J. Reddi, S. Kale, S. Kumar, On the convergence of Adam and beyond, ICLR 2018, algorithm 2"
    colour = "#7B61C9"
    dash = "dash"

    def transform(self):
        return optax.amsgrad(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)


class NAdam(AdamLike):
    r"""Adam with Nesterov's look ahead in the averaged gradient. Dozat 2016; optax's `nadam`."""

    title = "NAdam"
    formula = r"x_{t+1} = x_t - \frac{\eta}{\sqrt{\hat v_t}+\epsilon} \Bigl(\frac{\beta_1 m_t}{1-\beta_1^{t+1}} + \frac{(1-\beta_1) g_t}{1-\beta_1^t}\Bigr)"
    lesson = "Adam that looks ahead along its average, as Nesterov does for momentum."
    reference = "T. Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016, algorithm 2"
    colour = "#E69F00"
    dash = "dashdot"

    learning_rate: Array = _rate(0.002)

    def transform(self):
        return optax.nadam(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)


class RAdam(AdamLike):
    r"""Adam whose scaling waits until its variance is known: plain momentum before. Liu et al. 2020; optax's `radam`."""

    title = "RAdam"
    formula = r"x_{t+1} = x_t - \eta\, \hat m_t \cdot \begin{cases} r_t / (\sqrt{\hat v_t} + \epsilon) & \rho_t \ge 5 \\ 1 & \rho_t < 5 \end{cases}"
    lesson = "The first few steps go without Adam's scaling, then it warms up by itself."
    reference = "L. Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020, algorithm 2"
    colour = "#A08A00"
    dash = "dot"

    def transform(self):
        return optax.radam(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)


class Adamax(AdamLike):
    r"""Adam with u <- max(b2 u, |g| + eps) in place of sqrt(v-hat). Kingma & Ba 2015, algorithm 2; optax's `adamax`."""

    title = "Adamax"
    formula = (
        r"\begin{aligned} u_t &= \max(\beta_2 u_{t-1}, |g_t| + \epsilon) \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{u_t} \end{aligned}"
    )
    lesson = "Adam measured against the largest recent gradient instead of the average one."
    reference = "D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 2"
    colour = "#0072B2"
    dash = "longdash"

    learning_rate: Array = _rate(0.002)

    def transform(self):
        return optax.adamax(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)


class AdaBelief(AdamLike):
    r"""Adam that averages (g - m)^2 in place of g^2. Zhuang et al. 2020, algorithm 2; optax's `adabelief`."""

    title = "AdaBelief"
    formula = (
        r"\begin{aligned} s_t &= \beta_2 s_{t-1} + (1-\beta_2) (g_t - m_t)^2 + \epsilon \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat s_t} + \epsilon} \end{aligned}"
    )
    lesson = "Long steps where gradients come as expected, short ones where they surprise."
    reference = "J. Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, NeurIPS 2020, algorithm 2"
    colour = "#D55E00"
    dash = "longdashdot"

    eps: Array = _eps(1e-16, low=1e-16)

    def transform(self):
        return optax.adabelief(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps, eps_root=self.eps)


class Yogi(AdamLike):
    r"""Adam with v <- v - (1 - b2) sign(v - g^2) g^2, m and v from 1e-6. Zaheer et al. 2018; optax's `yogi`."""

    title = "Yogi"
    formula = (
        r"\begin{aligned} v_t &= v_{t-1} - (1-\beta_2) \operatorname{sign}(v_{t-1} - g_t^2)\, g_t^2 \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} \end{aligned}"
    )
    lesson = "Adam that forgets steep slopes slowly, so its steps grow only little by little."
    reference = "M. Zaheer et al., Adaptive methods for nonconvex optimization, NeurIPS 2018, algorithm 2"
    colour = "#009E73"
    dash = "solid"

    learning_rate: Array = _rate(0.01)
    eps: Array = _eps(1e-3, low=1e-6)

    def transform(self):
        return optax.yogi(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)
