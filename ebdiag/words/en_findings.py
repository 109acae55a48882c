"""What rules say, in English; `{name}` stands for a number of the evidence, `{name:n}` whole, `{name:%}` as a share."""

from __future__ import annotations

from .shapes import FindingWords

LADDER_ADVICE = {
    "discriminator": "Look at the discriminator: does each layer use its input, and can the last one draw every pixel "
    "value of the data?",
    "generator": "Look at the generator: does each layer use its input, and can the last one draw every pixel value "
    "of the data?",
    "margin": "Choose a margin well above the energy that real images keep once the discriminator is trained.",
    "optimizer.discriminator": "Look at the discriminator's optimiser: its learning rate, and whether it holds the "
    "discriminator's parameters.",
    "optimizer.generator": "Look at the generator's optimiser: its learning rate, and whether it holds the "
    "generator's parameters.",
}
"""What is to blame for a failed rung → what to do."""

FINDINGS = {
    "sanity-ladder.discriminator-overfits": FindingWords(
        title="the discriminator does not learn 64 real images by heart: {value} × the energy of their mean image (at "
        "most {threshold})",
        explanation="An autoencoder that cannot learn 64 images cannot learn a data set. At 1 it draws the mean of "
        "these images whatever it is shown. Its decoder may ignore the code, its output may be bounded to a range "
        "that the images leave, or its optimiser may not move it.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-noise": FindingWords(
        title="the discriminator does not tell real images from noise: AUROC {value} (at least {threshold})",
        explanation="Noise was never shown to it, so that only what it has learned of real images can tell the two "
        "apart. An energy that is as low on noise as on images says nothing about images: the code may be so wide "
        "that everything is copied, or the output so bounded that real images are the hard ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-fakes": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="Here it was trained by its own loss against a generator that stands still, the easiest opponent "
        "there is. Where the energies do not part, the loss does not push: the hinge may be closed from the start, "
        "its sign may be wrong, or real and generated images may reach it mixed up.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-lowers-energy": FindingWords(
        title="the generator does not lower the energy of its images under a frozen discriminator: {value} × the "
        "energy at its start (at most {threshold})",
        explanation="The discriminator stands still here, so that every update should find images that it likes "
        "better. Where the energy stays, the generator's loss does not reach its weights, or its images cannot leave "
        "the range that its last layer gives them.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-overfits": FindingWords(
        title="the generator does not learn to draw one batch of 16 images: {value} × the error of their mean image "
        "(at most {threshold})",
        explanation="No discriminator and no loss of the model takes part: fixed latents, as many real images, "
        "squared error. At 1 it draws the mean of these images whatever latent it is given; far above it its images "
        "do not reach the range of the data.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.margin": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="The margin is {margin}, and real images alone have an energy of {energy_real} here. The hinge "
        "closes as soon as generated images reach the margin, so that nothing pushes their energy above that of real "
        "ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.broken": FindingWords(
        title="the {net} breaks when it is trained alone: {reason}",
        explanation="One of the tasks of the sanity ladder, {rung}, which a sound net does within seconds, ended "
        "without a number. What ends it here will end or spoil the whole training.",
        advice=LADDER_ADVICE,
    ),
    "blank-samples": FindingWords(
        title="generated images are blank: {contrast:%} of the contrast of real ones, in {seeds} of {of} seeds",
        explanation="Within a generated image hardly any pixel differs from the next. The generator draws one shade: "
        "either its last layer cannot reach the background of the data, or the discriminator reconstructs a flat "
        "image best of all, and a flat image is then what the generator is paid for.",
        advice="Compare the ranges of data, generator and reconstruction, then the generator's learning rate.",
    ),
    "collapsed-at-budget": FindingWords(
        title="all generated images are one image at the end, in {seeds} of {of} seeds; whether for good is undecided",
        explanation="Their spread over latents is {spread:%} of that of real images. Some models stand on such a "
        "plateau for thousands of steps and then recover, others stay where they are: after {steps:n} steps both look "
        "the same. Coherence of the gradients at generated images: {gradient_coherence} (1 all point one way, 0 they "
        "cancel each other, so that the generator is not told where to go).",
        advice="--steps {decides:n} would decide, at {longer} times the training of this comparison; what is trained "
        "is kept. Or take away what holds it: try D without BatchNorm, or PyTorch's initial weights.",
    ),
    "collapsed-at-budget.known": FindingWords(
        title="all generated images are one image at the end, in {seeds} of {of} seeds; whether for good is undecided",
        explanation="Their spread over latents is {spread:%} of that of real images. Some models stand on such a "
        "plateau for thousands of steps and then recover, others stay where they are: after {steps:n} steps both look "
        "the same. Coherence of the gradients at generated images: {gradient_coherence} (1 all point one way, 0 they "
        "cancel each other, so that the generator is not told where to go). What is known of this model: "
        "{known_steps}.",
        advice="--steps {decides:n} would decide, at {longer} times the training of this comparison; what is trained "
        "is kept. Or take away what holds it: try D without BatchNorm, or PyTorch's initial weights.",
    ),
    "collapse-plateau": FindingWords(
        title="all generated images were one image from step {first:n} to {last:n}, and no longer are, in {seeds} of "
        "{of} seeds",
        explanation="The model stood on a collapse plateau and is leaving it: the spread of its images over latents "
        "is now {spread:%} of that of real images. This is not the end of its training, but a late beginning.",
        advice="Train on, --steps {decides:n}; what is trained is kept. Or take away what makes the plateau: try D "
        "without BatchNorm, or PyTorch's initial weights.",
    ),
    "mode-collapse": FindingWords(
        title="generated images lack variety: {spread:%} of the spread of real ones, coverage {coverage}, in {seeds} "
        "of {of} seeds",
        explanation="The images are images, but few different ones: {digits} of ten digits, recall {recall}. The "
        "generator has found some images that the discriminator takes, and draws little else.",
        advice="Check the pull-away term, the margin and the discriminator's learning rate against the reference's.",
    ),
    "memorisation": FindingWords(
        title="{share:%} of generated images are nearer to a training image than nearly all unseen real ones are",
        explanation="Of unseen real images 5 % are that near; working seeds of the reference have up to {usual}. FID "
        "and coverage reward copies, so that they do not show it.",
        advice="Look at generated images beside their nearest training images. More data or a smaller generator help.",
    ),
    "margin-saturated": FindingWords(
        title="the hinge is closed: {hinge_active:%} of generated images are still pushed away, in {seeds} of {of} "
        "seeds",
        explanation="Over the last third of training nearly every generated image has an energy above the margin of "
        "{margin}, so that the discriminator learns from real images alone, and the generator is left with whatever "
        "gradient that gives it. Working seeds of the reference push at least {usual} of their images; below {limit} "
        "the hinge counts as closed. Energies that stand still are no failure by themselves: it is said because the "
        "images fail as well.",
        advice="Raise the margin above the energy that real images keep, or lower the discriminator's learning rate.",
    ),
    "discriminator-died": FindingWords(
        title="the discriminator has stopped teaching: the gradient at generated images fell to {gradient:%} of its "
        "start",
        explanation="It reconstructs real images to an energy of {energy_real}, below the {pca_residual} that the "
        "best linear code of its size leaves, its hinge is closed, and nothing moves the generator any more.",
        advice="Lower the discriminator's learning rate, narrow its code, or raise the margin.",
    ),
    "identity-autoencoder": FindingWords(
        title="the discriminator copies noise as well as images: error {noise} of the noise's variance",
        explanation="An output that ignores its input has 1, and a net that has learned images does worse than that "
        "on noise. Here the energy says nothing about whether an image looks real. The code has {code} numbers.",
        advice="Narrow the code below the number of pixels, or let it push generated images away.",
    ),
    "pull-away-without-effect": FindingWords(
        title="the pull-away term decides nothing: its gradient is {ratio:%} of the energy's at most",
        explanation="Averaged over training, in every seed. With a weight of {weight} its value may look large in a "
        "log; what moves the generator is its gradient.",
        advice="Compare with a weight of 0 before you keep it.",
    ),
    "batchnorm-train-eval-gap.generator": FindingWords(
        title="the generator draws otherwise in training mode: its FID is {ratio} times that in evaluation mode",
        explanation="What you look at while training is not what is scored or used afterwards. BatchNorm uses the "
        "batch's own statistics in training and running ones in evaluation; these have not met. Seen in {seeds} of "
        "{of} seeds.",
        advice="Look at the arguments of BatchNorm (momentum, eps) in the generator.",
    ),
    "batchnorm-train-eval-gap.discriminator": FindingWords(
        title="real images have {ratio} times the energy in evaluation mode that they have in training mode",
        explanation="The discriminator has BatchNorm, so that in training an image's energy depends on what shares "
        "its batch, and in evaluation on running statistics that lag behind. Seen in {seeds} of {of} seeds.",
        advice="Keep real and generated images in batches of their own, or take BatchNorm out of the discriminator.",
    ),
    "diverged": FindingWords(
        title="{seeds} of {of} seeds diverge, the first at step {step:n}: {reason}",
        explanation="A value stopped being finite, and no step after it means anything. It counts as not working.",
        advice="Lower the learning rates; look for a hinge that is missing, and for a logarithm, root or division "
        "that can reach zero.",
    ),
    "reference-not-working": FindingWords(
        title="the reference works in {works} of {of} seeds after {steps:n} steps: nothing can be learned by comparing",
        explanation="What is said about mine is said against the absolute bar alone.",
        advice="Train until the reference works, --steps auto, or compare with another one.",
    ),
    "still-improving": FindingWords(
        title="still getting better when training ended: FID fell to {ratio:%} or less over the second half",
        explanation="In each of the {seeds} seeds that do not work. {steps:n} steps decide nothing about it.",
        advice="Train on, --steps {decides:n}; what is trained is kept.",
    ),
    "slower-than-reference": FindingWords(
        title="slower, not necessarily broken: after {steps:n} steps it is where the reference was {factor} times "
        "earlier",
        explanation="By FID. Two seeds of one model differ by a factor of up to 1.5, this is more.",
        advice="Raise the learning rate, or give it {factor} times the steps before you call it broken.",
    ),
}
"""What rules say, in the order in which they stand in `rules/`; a key is a slug, or `slug.case`."""
