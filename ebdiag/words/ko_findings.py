"""규칙이 하는 말, 한국어. 키와 빈자리는 `en_findings`와 같고, 조사에 대한 규칙은 `ko`와 같다."""

from __future__ import annotations

from .shapes import FindingWords

LADDER_ADVICE = {
    "discriminator": "판별자를 살펴보라. 층마다 입력을 실제로 쓰는지, 마지막 층이 데이터의 모든 픽셀값을 그릴 수 "
    "있는지 확인하라.",
    "generator": "생성자를 살펴보라. 층마다 입력을 실제로 쓰는지, 마지막 층이 데이터의 모든 픽셀값을 그릴 수 있는지 "
    "확인하라.",
    "margin": "판별자를 다 학습한 뒤에도 실제 이미지에 남는 에너지보다 넉넉히 큰 마진을 고르라.",
    "optimizer.discriminator": "판별자의 옵티마이저를 살펴보라. 학습률이 맞는지, 판별자의 파라미터를 맡고 있는지 "
    "확인하라.",
    "optimizer.generator": "생성자의 옵티마이저를 살펴보라. 학습률이 맞는지, 생성자의 파라미터를 맡고 있는지 확인하라.",
}

FINDINGS = {
    "sanity-ladder.discriminator-overfits": FindingWords(
        title="판별자가 실제 이미지 64장을 외우지 못함: 평균 이미지의 에너지의 {value}배(조건: {threshold} 이하)",
        explanation="이미지 64장을 배우지 못하는 오토인코더는 데이터 세트도 배우지 못한다. 1이면 무엇을 보여 주든 이 "
        "이미지들의 평균을 그린다. 디코더가 코드를 무시하거나, 출력 범위가 이미지의 범위보다 좁거나, 옵티마이저가 "
        "가중치를 움직이지 못하는 것일 수 있다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-noise": FindingWords(
        title="판별자가 실제 이미지와 잡음을 구별하지 못함: AUROC {value}(조건: {threshold} 이상)",
        explanation="잡음은 한 번도 보여 준 적이 없으므로, 실제 이미지에 대해 배운 것만으로 둘을 구별해야 한다. "
        "잡음에서도 이미지에서만큼 낮은 에너지는 이미지에 대해 아무것도 말해 주지 않는다. 코드가 너무 넓어 무엇이든 "
        "베끼거나, 출력 범위가 좁아 실제 이미지 쪽이 더 어려운 것일 수 있다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-fakes": FindingWords(
        title="판별자가 실제 이미지와 학습 전 생성자의 이미지를 구별하지 못함: AUROC {value}(조건: {threshold} 이상)",
        explanation="여기서는 판별자를 자기 손실로, 멈춰 있는 생성자를 상대로 학습했다. 가장 쉬운 상대다. 그런데도 "
        "에너지가 갈라지지 않으면 손실이 밀어내지 않는 것이다. 힌지가 처음부터 닫혀 있거나, 부호가 틀렸거나, 실제 "
        "이미지와 생성 이미지가 뒤섞여 들어가는 것일 수 있다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-lowers-energy": FindingWords(
        title="고정된 판별자에서 생성자가 자기 이미지의 에너지를 낮추지 못함: 처음 에너지의 {value}배(조건: "
        "{threshold} 이하)",
        explanation="여기서는 판별자가 멈춰 있으므로, 갱신할 때마다 판별자가 더 좋아하는 이미지를 찾아내야 한다. "
        "에너지가 그대로라면 생성자의 손실이 가중치에 닿지 않거나, 이미지가 마지막 층이 정한 범위를 벗어나지 못하는 "
        "것이다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-overfits": FindingWords(
        title="생성자가 이미지 16장짜리 한 배치를 그려 내지 못함: 평균 이미지의 오차의 {value}배(조건: {threshold} "
        "이하)",
        explanation="판별자도, 모델의 손실도 쓰지 않는다. 고정된 잠재 벡터, 같은 수의 실제 이미지, 제곱 오차뿐이다. "
        "1이면 어떤 잠재 벡터를 넣든 이 이미지들의 평균을 그린다. 1보다 훨씬 크면 이미지가 데이터의 범위에 닿지 "
        "못한다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.margin": FindingWords(
        title="판별자가 실제 이미지와 학습 전 생성자의 이미지를 구별하지 못함: AUROC {value}(조건: {threshold} 이상)",
        explanation="마진은 {margin}, 여기서 실제 이미지만의 에너지는 {energy_real}. 힌지는 생성 이미지가 마진에 "
        "닿자마자 닫히므로, 생성 이미지의 에너지를 실제 이미지보다 높게 밀어 올리는 것이 없다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.broken": FindingWords(
        title="{net} 하나만 학습해도 망가짐: {reason}",
        explanation="멀쩡한 신경망이라면 몇 초 안에 해내는 기초 점검 과제 하나가 값을 내지 못하고 끝났다: {rung}. "
        "여기서 끝나게 한 것은 학습 전체도 끝내거나 망친다.",
        advice=LADDER_ADVICE,
    ),
    "blank-samples": FindingWords(
        title="생성 이미지가 비어 있음: 대비가 실제 이미지의 {contrast:%}(시드 {of}개 중 {seeds}개)",
        explanation="생성 이미지 안에서 이웃한 픽셀이 거의 다르지 않다. 생성자가 한 가지 색만 그리는 것이다. 마지막 "
        "층이 데이터의 배경에 닿지 못하거나, 판별자가 밋밋한 이미지를 가장 잘 복원해서 밋밋한 이미지가 생성자에게 "
        "득이 되는 것이다.",
        advice="데이터, 생성, 복원의 범위를 서로 견주어 보고, 그다음에 생성자의 학습률을 살펴보라.",
    ),
    "collapsed-at-budget": FindingWords(
        title="마지막에 모든 생성 이미지가 한 이미지임(시드 {of}개 중 {seeds}개). 끝내 그럴지는 아직 모름",
        explanation="잠재 벡터에 따른 이미지의 편차가 실제 이미지의 {spread:%}에 그친다. 어떤 모델은 이런 정체 구간에 "
        "수천 스텝 동안 머물다 회복하고, 어떤 모델은 그대로 머문다. {steps:n}스텝에서는 둘이 똑같아 보인다. 생성 "
        "이미지에서 잰 기울기의 정렬도: {gradient_coherence}(1이면 모두 한쪽을 가리키고, 0이면 서로 상쇄되어 "
        "생성자에게 어디로 가야 할지 알려 주지 않는다).",
        advice="--steps {decides:n} 정도면 판가름 난다. 이번 비교에서 한 학습의 {longer}배이며, 이미 학습한 것은 "
        "그대로 쓴다. 아니면 이미지를 붙잡아 두는 것을 없애 보라. 판별자에서 BatchNorm을 빼거나, PyTorch의 초기 "
        "가중치를 써 보라.",
    ),
    "collapsed-at-budget.known": FindingWords(
        title="마지막에 모든 생성 이미지가 한 이미지임(시드 {of}개 중 {seeds}개). 끝내 그럴지는 아직 모름",
        explanation="잠재 벡터에 따른 이미지의 편차가 실제 이미지의 {spread:%}에 그친다. 어떤 모델은 이런 정체 구간에 "
        "수천 스텝 동안 머물다 회복하고, 어떤 모델은 그대로 머문다. {steps:n}스텝에서는 둘이 똑같아 보인다. 생성 "
        "이미지에서 잰 기울기의 정렬도: {gradient_coherence}(1이면 모두 한쪽을 가리키고, 0이면 서로 상쇄되어 "
        "생성자에게 어디로 가야 할지 알려 주지 않는다). 이 모델에 대해 알려진 것: {known_steps}.",
        advice="--steps {decides:n} 정도면 판가름 난다. 이번 비교에서 한 학습의 {longer}배이며, 이미 학습한 것은 "
        "그대로 쓴다. 아니면 이미지를 붙잡아 두는 것을 없애 보라. 판별자에서 BatchNorm을 빼거나, PyTorch의 초기 "
        "가중치를 써 보라.",
    ),
    "collapse-plateau": FindingWords(
        title="{first:n}스텝부터 {last:n}스텝까지 모든 생성 이미지가 한 이미지였다가 이제는 아님(시드 {of}개 중 "
        "{seeds}개)",
        explanation="모델이 붕괴한 채 정체했다가 거기서 벗어나는 중이다. 잠재 벡터에 따른 이미지의 편차는 이제 실제 "
        "이미지의 {spread:%}에 이른다. 학습이 끝난 것이 아니라 늦게 시작한 것이다.",
        advice="--steps {decides:n} 설정으로 더 학습하라. 이미 학습한 것은 그대로 쓴다. 아니면 정체의 원인을 없애 "
        "보라. 판별자에서 BatchNorm을 빼거나, PyTorch의 초기 가중치를 써 보라.",
    ),
    "mode-collapse": FindingWords(
        title="생성 이미지의 다양성 부족: 편차가 실제 이미지의 {spread:%}, 커버리지 {coverage}(시드 {of}개 중 "
        "{seeds}개)",
        explanation="이미지다운 이미지이지만 종류가 적다. 숫자 열 가지 중 {digits}가지를 그리고, 재현율은 {recall}. "
        "생성자가 판별자에게 통하는 이미지 몇 가지를 찾아내고는 다른 것을 거의 그리지 않는다.",
        advice="pull-away 항, 마진, 판별자의 학습률을 기준 모델의 것과 견주어 보라.",
    ),
    "memorisation": FindingWords(
        title="생성 이미지의 {share:%}, 본 적 없는 실제 이미지 거의 모두보다 학습 이미지에 더 가까움",
        explanation="본 적 없는 실제 이미지 가운데 그만큼 가까운 것은 5 %다. 기준 모델에서 작동하는 시드는 많아야 "
        "{usual}. FID와 커버리지는 사본에 좋은 점수를 주므로 이것을 드러내지 못한다.",
        advice="생성 이미지를 가장 가까운 학습 이미지와 나란히 놓고 보라. 데이터를 늘리거나 생성자를 줄이면 나아진다.",
    ),
    "margin-saturated": FindingWords(
        title="힌지가 닫혀 있음: 아직 밀려나는 생성 이미지는 {hinge_active:%}(시드 {of}개 중 {seeds}개)",
        explanation="학습의 마지막 3분의 1 동안 거의 모든 생성 이미지의 에너지가 마진({margin})보다 높다. 그래서 "
        "판별자는 실제 이미지에서만 배우고, 생성자에게는 그때 남는 기울기밖에 없다. 기준 모델에서 작동하는 시드는 "
        "적어도 이미지의 {usual} 비율을 밀어내며, {limit}보다 낮으면 힌지가 닫힌 것으로 본다. 에너지가 멈춰 있는 "
        "것만으로는 실패가 아니다. 이미지도 나쁘기 때문에 말하는 것이다.",
        advice="실제 이미지에 남는 에너지보다 마진을 높이거나, 판별자의 학습률을 낮추라.",
    ),
    "discriminator-died": FindingWords(
        title="판별자가 더는 가르치지 않음: 생성 이미지에서 잰 기울기가 처음의 {gradient:%}까지 떨어짐",
        explanation="판별자가 실제 이미지를 에너지 {energy_real}까지 복원한다. 같은 크기의 가장 좋은 선형 코드가 "
        "남기는 {pca_residual}보다도 낮다. 힌지는 닫혀 있고, 이제 아무것도 생성자를 움직이지 못한다.",
        advice="판별자의 학습률을 낮추거나, 코드를 좁히거나, 마진을 높이라.",
    ),
    "identity-autoencoder": FindingWords(
        title="판별자가 잡음도 이미지만큼 잘 베낌: 오차가 잡음 분산의 {noise}배",
        explanation="입력을 무시하는 출력이라면 1이고, 이미지를 배운 신경망은 잡음에서 그보다 나쁘다. 여기서 에너지는 "
        "이미지가 진짜처럼 보이는지에 대해 아무것도 말해 주지 않는다. 코드는 수 {code}개로 되어 있다.",
        advice="코드를 픽셀 수보다 좁히거나, 판별자가 생성 이미지를 밀어내게 하라.",
    ),
    "pull-away-without-effect": FindingWords(
        title="pull-away 항이 아무것도 정하지 못함: 기울기가 많아야 에너지 기울기의 {ratio:%}",
        explanation="모든 시드에서, 학습 전체에 걸쳐 평균한 값이다. 가중치는 {weight}. 그래서 로그에서는 값이 커 보일 "
        "수 있지만, 생성자를 움직이는 것은 그 기울기다.",
        advice="그대로 두기 전에 가중치 0과 비교해 보라.",
    ),
    "batchnorm-train-eval-gap.generator": FindingWords(
        title="생성자가 학습 모드에서 다르게 그림: FID가 평가 모드의 {ratio}배",
        explanation="학습하면서 보는 것과, 나중에 점수를 매기고 쓰는 것이 다르다. BatchNorm은 학습할 때에는 배치 "
        "자체의 통계를, 평가할 때에는 누적한 통계를 쓰는데, 이 둘이 서로 맞지 않았다. 시드 {of}개 중 {seeds}개에서 "
        "보였다.",
        advice="생성자에 있는 BatchNorm의 인자(momentum, eps)를 살펴보라.",
    ),
    "batchnorm-train-eval-gap.discriminator": FindingWords(
        title="평가 모드에서 실제 이미지의 에너지가 학습 모드의 {ratio}배",
        explanation="판별자에 BatchNorm이 있어서, 학습할 때 이미지의 에너지는 같은 배치에 무엇이 함께 있는지에 "
        "달렸고, 평가할 때에는 뒤처진 누적 통계에 달렸다. 시드 {of}개 중 {seeds}개에서 보였다.",
        advice="실제 이미지와 생성 이미지를 서로 다른 배치에 두거나, 판별자에서 BatchNorm을 빼라.",
    ),
    "diverged": FindingWords(
        title="시드 {of}개 중 {seeds}개가 발산, 처음은 {step:n}스텝: {reason}",
        explanation="어떤 값이 더는 유한하지 않게 되었고, 그 뒤의 스텝에는 아무 뜻이 없다. 작동하지 않는 것으로 센다.",
        advice="학습률을 낮추라. 빠진 힌지가 있는지, 0에 닿을 수 있는 로그, 제곱근, 나눗셈이 있는지 살펴보라.",
    ),
    "reference-not-working": FindingWords(
        title="{steps:n}스텝 뒤 기준 모델은 시드 {of}개 중 {works}개만 작동: 비교해서 알 수 있는 것이 없음",
        explanation="mine 모델에 대한 말은 절대 기준에만 견준 것이다.",
        advice="기준 모델이 작동할 때까지 학습하거나(--steps auto), 다른 기준 모델과 비교하라.",
    ),
    "still-improving": FindingWords(
        title="학습이 끝날 때에도 나아지는 중이었음: 후반에 FID가 {ratio:%} 이하로 떨어짐",
        explanation="작동하지 않는 시드 {seeds}개 모두에서 그렇다. {steps:n}스텝으로는 이 모델에 대해 아무것도 판가름 "
        "나지 않는다.",
        advice="--steps {decides:n} 설정으로 더 학습하라. 이미 학습한 것은 그대로 쓴다.",
    ),
    "slower-than-reference": FindingWords(
        title="느릴 뿐 고장은 아닐 수 있음: {steps:n}스텝 뒤의 수준이 {factor}배 일찍 지나간 기준 모델의 수준과 같음",
        explanation="FID로 잰 것이다. 한 모델의 두 시드도 1.5배까지 차이가 나는데, 이것은 그보다 크다.",
        advice="학습률을 높이거나, 고장이라고 하기 전에 스텝을 {factor}배로 늘려 보라.",
    ),
}
