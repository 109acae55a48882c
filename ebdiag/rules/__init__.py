"""Rules: pure functions of what is known about a model, each with a slug, that say what is wrong and where.

A rule is a function of a `Case` that returns findings under its own slug, which is its name with dashes; its docstring
explains it under fixed headings, from which `ebdiag rules` and the documentation are made. What it says stands in the
catalogue of words. Adding one is a function, a line here, its words, and planted cases in the tests.
"""

from __future__ import annotations

from collections.abc import Callable

from ebdiag.result import Finding

from .case import Case
from .collapse import blank_samples, collapse_plateau, collapsed_at_budget, memorisation, mode_collapse
from .config import config_misspelt, config_unused
from .cosines import cosine_as_logit, threshold_mismatch
from .embeddings import embedding_collapse
from .energies import (
    energy_depends_on_batch_mates,
    energy_depends_on_batch_size,
    energy_entropy_floor,
    energy_not_per_sample,
    generator_target_detached,
)
from .families import (
    began_k_stuck,
    began_not_converging,
    discriminator_saturated,
    magan_margin_rises,
    magan_margin_stuck,
)
from .hinges import hinge_missing, hinge_on_batch_mean
from .ladder import sanity_ladder
from .learning import (
    batchnorm_train_eval_gap,
    discriminator_died,
    identity_autoencoder,
    margin_saturated,
    pull_away_without_effect,
)
from .margins import margin_below_energy_floor, margin_inflates_reconstruction, margin_unreachable
from .nets import batchnorm_arguments, code_too_narrow, code_too_wide, dead_at_init, normalisation_missing
from .notes import noted
from .outcomes import diverged, reference_not_working, slower_than_reference, still_improving
from .outputs import generator_range_mismatch, not_an_autoencoder, reconstruction_range_mismatch, silent_broadcast
from .pairs import labels_independent_of_inputs, no_minibatches, pairs_unbalanced, train_set_too_small
from .pull_aways import (
    pull_away_diagonal,
    pull_away_inert,
    pull_away_on_pixels,
    pull_away_scaled,
    pull_away_unsquared,
    pull_away_unused,
    pull_away_wrong_axis,
)
from .repeat import not_reproducible
from .settings import latent_differs, latent_too_small, learning_rates_differ, no_difference
from .start import init_not_applied, init_out_of_scale
from .updates import log_polluted, loss_moves_other_net, optimizer_wrong_parameters, update_ratio

Rule = Callable[[Case], list[Finding]]

GAN_RULES: tuple[Rule, ...] = (
    reference_not_working,
    reconstruction_range_mismatch,
    generator_range_mismatch,
    silent_broadcast,
    not_an_autoencoder,
    margin_unreachable,
    margin_below_energy_floor,
    margin_inflates_reconstruction,
    optimizer_wrong_parameters,
    loss_moves_other_net,
    update_ratio,
    hinge_missing,
    hinge_on_batch_mean,
    energy_not_per_sample,
    energy_depends_on_batch_size,
    energy_depends_on_batch_mates,
    energy_entropy_floor,
    generator_target_detached,
    pull_away_inert,
    pull_away_unused,
    pull_away_unsquared,
    pull_away_wrong_axis,
    pull_away_on_pixels,
    pull_away_scaled,
    pull_away_diagonal,
    log_polluted,
    config_misspelt,
    config_unused,
    not_reproducible,
    sanity_ladder,
    dead_at_init,
    init_not_applied,
    init_out_of_scale,
    batchnorm_arguments,
    learning_rates_differ,
    latent_too_small,
    code_too_narrow,
    code_too_wide,
    normalisation_missing,
    latent_differs,
    diverged,
    discriminator_died,
    margin_saturated,
    discriminator_saturated,
    began_k_stuck,
    began_not_converging,
    magan_margin_rises,
    magan_margin_stuck,
    blank_samples,
    collapse_plateau,
    collapsed_at_budget,
    mode_collapse,
    identity_autoencoder,
    memorisation,
    batchnorm_train_eval_gap,
    pull_away_without_effect,
    still_improving,
    slower_than_reference,
    noted,
    no_difference,
)
"""Rules about generators and discriminators, and those about models of any kind, in the order of `RULES`."""

PAIR_RULES: tuple[Rule, ...] = (
    reference_not_working,
    config_misspelt,
    config_unused,
    not_reproducible,
    labels_independent_of_inputs,
    cosine_as_logit,
    threshold_mismatch,
    embedding_collapse,
    train_set_too_small,
    no_minibatches,
    pairs_unbalanced,
    sanity_ladder,
    dead_at_init,
    batchnorm_arguments,
    learning_rates_differ,
    normalisation_missing,
    diverged,
    still_improving,
    slower_than_reference,
    noted,
    no_difference,
)
"""Rules about encoders, and those about models of any kind."""

RULES: tuple[Rule, ...] = tuple(dict.fromkeys((*GAN_RULES, *PAIR_RULES)))
"""Every rule, in the order in which equally severe findings stand."""


def of_kind(kind: str) -> tuple[Rule, ...]:
    """The rules that are asked about a model of that kind."""
    return {"gan": GAN_RULES, "contrastive": PAIR_RULES}[kind]


def slug(rule: Rule) -> str:
    """What its findings are called: `pull-away-inert`."""
    return rule.__name__.replace("_", "-")
