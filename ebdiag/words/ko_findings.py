"""규칙이 하는 말, 한국어. 키와 빈자리는 `en_findings`와 같고, 조사에 대한 규칙은 `ko`와 같다."""

from __future__ import annotations

from .shapes import FindingWords

LADDER_ADVICE = {
    "discriminator": "판별자를 살펴보라. 층마다 입력을 실제로 쓰는지, 마지막 층이 데이터의 모든 픽셀값을 그릴 수 "
    "있는지 확인하라.",
    "encoder": "인코더만 따로 살펴보라. 층마다 입력을 실제로 쓰는지, 손실이 가중치까지 닿는지 확인하라.",
    "generator": "생성자를 살펴보라. 층마다 입력을 실제로 쓰는지, 마지막 층이 데이터의 모든 픽셀값을 그릴 수 있는지 "
    "확인하라.",
    "optimizer": "옵티마이저를 살펴보라. 학습률이 맞는지, 인코더의 파라미터를 맡고 있는지 확인하라.",
    "margin": "판별자를 다 학습한 뒤에도 실제 이미지에 남는 에너지보다 넉넉히 큰 마진을 고르라.",
    "optimizer.discriminator": "판별자의 옵티마이저를 살펴보라. 학습률이 맞는지, 판별자의 파라미터를 맡고 있는지 "
    "확인하라.",
    "optimizer.generator": "생성자의 옵티마이저를 살펴보라. 학습률이 맞는지, 생성자의 파라미터를 맡고 있는지 확인하라.",
}

UNDECIDED = "마지막에 모든 생성 이미지가 한 이미지임(시드 {of}개 중 {seeds}개). 끝내 그럴지는 아직 모름"
STANDS = (
    "잠재 벡터에 따른 이미지의 편차가 실제 이미지의 {spread:%}에 그친다. 어떤 모델은 이런 정체 구간에 수천 스텝 동안 "
    "머물다 회복하고, 어떤 모델은 그대로 머문다. {steps:n}스텝에서는 둘이 똑같아 보인다. 생성 이미지에서 잰 기울기의 "
    "정렬도: {gradient_coherence}(1이면 모두 한쪽을 가리키고, 0이면 서로 상쇄되어 생성자에게 어디로 가야 할지 "
    "알려 주지 않는다)."
)
DECIDES = (
    "--steps {decides:d} 정도면 판가름 난다. 이번 비교에서 한 학습의 {longer}배이며, 이미 학습한 것은 그대로 "
    "쓴다. 아니면 이미지를 붙잡아 두는 것을 없애 보라. 판별자에서 BatchNorm을 빼거나, PyTorch의 초기 가중치를 "
    "써 보라."
)

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
    "sanity-ladder.encoder-overfits-pairs": FindingWords(
        title="인코더가 쌍 32개를 외우지 못함: AUROC {value}(조건: {threshold} 이상)",
        explanation="레이블을 주고 두 종류를 가르는 것만 요구했다. 배울 수 있는 인코더라면 누구나 하는 일이다. .5이면 "
        "두 종류의 코사인이 같다는 뜻이다. 손실이 가중치에 닿지 않거나, 반대 방향으로 당기거나, 한 점으로도 만족하는 "
        "것일 수 있다.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.encoder-learns-labels": FindingWords(
        title="인코더가 쌍 256개에서 배운 것이 다른 쌍에는 통하지 않음: AUROC {value}(조건: {threshold} 이상)",
        explanation="자신의 손실로 몇 초 동안 학습한 뒤, 같은 출처의 다른 쌍으로 쟀다. 너무 느리게 배우거나, 외우기만 "
        "하거나, 레이블이 이미지에 대해 말해 주는 것이 거의 없는 것일 수 있다.",
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
    "collapsed-at-budget": FindingWords(title=UNDECIDED, explanation=STANDS, advice=DECIDES),
    "collapsed-at-budget.ebgan_infogan": FindingWords(
        title=UNDECIDED,
        explanation=f"{STANDS} 이 모델은 5,000에서 6,500스텝 뒤에 회복한다고 발표되어 있다. 여기서는 시드 셋 가운데 "
        "하나가 7,000스텝부터 회복하고, 둘은 10,000스텝까지 회복하지 않았다.",
        advice=DECIDES,
    ),
    "collapse-plateau": FindingWords(
        title="{first:n}스텝부터 {last:n}스텝까지 모든 생성 이미지가 한 이미지였다가 이제는 아님(시드 {of}개 중 "
        "{seeds}개)",
        explanation="모델이 붕괴한 채 정체했다가 거기서 벗어나는 중이다. 잠재 벡터에 따른 이미지의 편차는 이제 실제 "
        "이미지의 {spread:%}에 이른다. 학습이 끝난 것이 아니라 늦게 시작한 것이다.",
        advice="--steps {decides:d} 설정으로 더 학습하라. 이미 학습한 것은 그대로 쓴다. 아니면 정체의 원인을 없애 "
        "보라. 판별자에서 BatchNorm을 빼거나, PyTorch의 초기 가중치를 써 보라.",
    ),
    "mode-collapse": FindingWords(
        title="생성 이미지의 다양성 부족: 편차가 실제 이미지의 {spread:%}, 커버리지 {coverage}(시드 {of}개 중 "
        "{seeds}개)",
        explanation="이미지다운 이미지이지만 종류가 적다. 숫자 열 가지 중 {digits}가지를 그리고, 재현율은 {recall}. "
        "생성자가 판별자에게 통하는 이미지 몇 가지를 찾아내고는 다른 것을 거의 그리지 않는다.",
        advice="pull-away 항, 마진, 판별자의 학습률을 기준 모델의 것과 견주어 보라.",
    ),
    "mode-collapse.unclassified": FindingWords(
        title="생성 이미지의 다양성 부족: 편차가 실제 이미지의 {spread:%}, 커버리지 {coverage}(시드 {of}개 중 "
        "{seeds}개)",
        explanation="이미지다운 이미지이지만 종류가 적다(재현율 {recall}). 생성자가 판별자에게 통하는 이미지 몇 가지를 "
        "찾아내고는 다른 것을 거의 그리지 않는다.",
        advice="두 신경망의 학습률과 둘의 균형을 잡는 것을 기준 모델의 것과 견주어 보라.",
    ),
    "mode-collapse.other": FindingWords(
        title="생성 이미지의 다양성 부족: 편차가 실제 이미지의 {spread:%}, 커버리지 {coverage}(시드 {of}개 중 "
        "{seeds}개)",
        explanation="이미지다운 이미지이지만 종류가 적다. 숫자 열 가지 중 {digits}가지를 그리고, 재현율은 {recall}. "
        "생성자가 판별자에게 통하는 이미지 몇 가지를 찾아내고는 다른 것을 거의 그리지 않는다.",
        advice="두 신경망의 학습률과 둘의 균형을 잡는 것을 기준 모델의 것과 견주어 보라.",
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
    "discriminator-saturated": FindingWords(
        title="판별자가 이겼음: 쌍의 {ranked:%}에서 순서를 맞히고, 손실은 {first}에서 시작해 지금 {loss}",
        explanation="학습의 마지막 3분의 1 동안 판별자가 주는 평균값은 실제 이미지 {real}, 생성 이미지 {fake}(시드 "
        "{of}개 중 {seeds}개)이고, 더 배울 것이 없다. 생성자에게는 처음의 {gradient}배인 기울기가 남아 있지만, 어떤 "
        "스텝으로도 판별자를 속이지 못하며 이미지는 나쁘다.",
        advice="판별자의 학습률을 낮추거나, 드롭아웃을 쓰거나 특징 수를 줄여 판별자를 약하게 하라.",
    ),
    "discriminator-saturated.gone": FindingWords(
        title="판별자가 이겨서 생성자가 아무것도 배우지 못함: 기울기가 처음의 {gradient:%}까지 떨어짐",
        explanation="쌍의 {ranked:%}에서 순서를 맞히고, 손실은 {first}에서 시작해 지금 {loss} 값이다. 평균값은 실제 "
        "이미지 {real}, 생성 이미지 {fake}(시드 {of}개 중 {seeds}개). 판별자가 확신하는 곳에서는 생성자의 손실이 "
        "평평하다.",
        advice="포화하지 않는 생성자 손실 `softplus(-discriminator(fake)).mean()`을 쓰고, 판별자의 학습률을 낮추거나 "
        "판별자를 약하게 하라.",
    ),
    "began-k-stuck.zero": FindingWords(
        title="k가 0에 머묾: 판별자가 생성 이미지를 전혀 밀어내지 않음(시드 {of}개 중 {seeds}개)",
        explanation="판별자의 손실에서 생성 이미지의 가중치인 `{name}` 값이 학습 후반 거의 내내 0이었다. 그동안 "
        "에너지는 실제 이미지 {energy_real}, 생성 이미지 {energy_fake}. 이때 판별자는 실제 이미지의 평범한 "
        "오토인코더일 뿐이다.",
        advice="k가 λ (γ L(x) − L(G(z)))만큼 그 부호대로 움직이는지, λ가 0보다 큰지, 생성자가 γ L(x) 아래로 내려갈 수 "
        "있을 만큼 γ가 큰지 확인하라.",
    ),
    "began-k-stuck.one": FindingWords(
        title="k가 1에 머묾: 생성 이미지를 힘껏 밀어내기만 함(시드 {of}개 중 {seeds}개)",
        explanation="판별자의 손실에서 생성 이미지의 가중치인 `{name}` 값이 학습 후반 거의 내내 1이었다. 그동안 "
        "에너지는 실제 이미지 {energy_real}, 생성 이미지 {energy_fake}. k가 어떻게 되든 γ가 요구하는 균형에 이르지 "
        "못한다.",
        advice="γ를 낮추거나(논문: 0.5), k가 λ (γ L(x) − L(G(z)))만큼 그 부호대로 움직이는지 확인하라.",
    ),
    "began-k-stuck.jumps": FindingWords(
        title="k가 0과 1 사이를 뛰어다님: 균형이 잡히지 않음(시드 {of}개 중 {seeds}개)",
        explanation="판별자의 손실에서 생성 이미지의 가중치인 `{name}` 값이 학습 후반 거의 내내 범위의 한쪽 끝 아니면 "
        "다른 쪽 끝에 있었다. 한 걸음이 범위보다 크다.",
        advice="λ를 낮추라(논문: 0.001).",
    ),
    "began-k-stuck.still": FindingWords(
        title="k가 움직이지 않음: 첫 스텝부터 끝까지 {k}(시드 {of}개 중 {seeds}개)",
        explanation="판별자의 손실에서 생성 이미지의 가중치인 `{name}` 값이 상수다. 두 에너지(실제 이미지 "
        "{energy_real}, 생성 이미지 {energy_fake})의 균형을 잡아 주는 것이 없다.",
        advice="`after_step`에서 0보다 큰 λ로 k를 λ (γ L(x) − L(G(z)))만큼 움직이라.",
    ),
    "began-not-converging": FindingWords(
        title="M이 낮아지지 않음: 처음 {start}, 마지막 {end}(시드 {of}개 중 {seeds}개)",
        explanation="M = L(x) + |γ L(x) − L(G(z))|은 실제 이미지가 더 잘 복원되고 두 에너지가 균형에 가까워지면 "
        "낮아져야 한다. 둘 중 하나가 일어나지 않고 있다.",
        advice="k와 두 학습률을 살펴보라.",
    ),
    "magan-margin-rises": FindingWords(
        title="마진이 {rises:n}번 올라감(처음 {first}, 마지막 {last}): 실제 이미지의 에너지를 따라 내려가야 함",
        explanation="시드 {of}개 중 {seeds}개에서 `{name}` 값이 한 스텝 전보다 높아진 적이 있다. 마진이 오르면 생성 "
        "이미지를 점점 더 나쁘게 복원하라고 요구하게 된다. 논문의 규칙은 마진을 내리기만 한다.",
        advice="E(x)의 평균이 마진보다 낮을 때에만 마진을 바꾸라: `if mean < self.margin`.",
    ),
    "magan-margin-stuck": FindingWords(
        title="마진이 움직이지 않음: {epochs:n}에폭 내내 {margin}(시드 {of}개 중 {seeds}개)",
        explanation="움직일 수 있는 `{name}` 값이 그대로인데, 실제 이미지의 에너지는 {energy_real}까지 내려갔다. "
        "이것은 마진이 학습 전 실제 이미지의 에너지만큼 높은 EBGAN이다.",
        advice="E(G(z))가 오르고 E(x)가 그보다 낮은 에폭이 끝날 때마다, E(x)의 평균이 마진보다 낮으면 마진을 그 "
        "평균으로 바꾸라.",
    ),
    "identity-autoencoder": FindingWords(
        title="판별자가 잡음도 이미지만큼 잘 베낌: 오차가 잡음 분산의 {noise}배",
        explanation="입력을 무시하는 출력이라면 1이고, 이미지를 배운 신경망은 잡음에서 그보다 나쁘다. 여기서 "
        "에너지는 "
        "이미지가 진짜처럼 보이는지에 대해 아무것도 말해 주지 않는다. 코드는 수 {code}개로 되어 있다.",
        advice="코드를 픽셀 수보다 좁히거나, 판별자가 생성 이미지를 밀어내게 하라.",
    ),
    "pull-away-without-effect": FindingWords(
        title="pull-away 항이 아무것도 정하지 못함: 기울기가 많아야 에너지 기울기의 {ratio:%}",
        explanation="모든 시드에서, 학습 전체에 걸쳐 평균한 값이다. 가중치는 {weight}. 그래서 로그에서는 값이 커 "
        "보일 "
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
        explanation="작동하지 않는 시드 {seeds}개 모두에서 그렇다. {steps:n}스텝으로는 이 모델에 대해 아무것도 "
        "판가름 "
        "나지 않는다.",
        advice="--steps {decides:d} 설정으로 더 학습하라. 이미 학습한 것은 그대로 쓴다.",
    ),
    "still-improving.share": FindingWords(
        title="학습이 끝날 때에도 나아지는 중이었음: 후반에 AUROC가 1에 못 미치는 폭이 {ratio:%} 이하로 줄어듦",
        explanation="작동하지 않는 시드 {seeds}개 모두에서 그렇다. {steps:n}스텝으로는 이 모델에 대해 아무것도 "
        "판가름 나지 않는다.",
        advice="--steps {decides:d} 설정으로, 에포크도 그만큼 늘려 더 학습하라. 이미 학습한 것은 그대로 쓴다.",
    ),
    "slower-than-reference": FindingWords(
        title="느릴 뿐 고장은 아닐 수 있음: {steps:n}스텝 뒤의 수준이 {factor}배 일찍 지나간 기준 모델의 수준과 같음",
        explanation="FID로 잰 것이다. 기준 모델의 시드끼리도 많아야 {usual}배까지 뒤처진다.",
        advice="학습률을 높이거나, 고장이라고 하기 전에 스텝을 {factor}배로 늘려 보라.",
    ),
    "slower-than-reference.share": FindingWords(
        title="느릴 뿐 고장은 아닐 수 있음: {steps:n}스텝 뒤의 수준이 {factor}배 일찍 지나간 기준 모델의 수준과 같음",
        explanation="AUROC로 잰 것이다. 기준 모델의 시드끼리도 많아야 {usual}배까지 뒤처진다.",
        advice="학습률을 높이거나, 고장이라고 하기 전에 스텝을 {factor}배로 늘려 보라.",
    ),
    "pull-away-unsquared": FindingWords(
        title="pull-away 항이 코사인을 그대로 씀. 논문은 그 제곱을 씀",
        explanation="서로 반대쪽을 가리키는 코드의 코사인은 −1이고, 제곱하지 않은 항은 이를 상으로 친다. 서로 반대인 "
        "두 무리에서 그 평균은 아무 질서 없는 코드와 같이 약 0이지만, 제곱의 평균은 1이다. 이 항은 그런 붕괴를 보지 "
        "못한다.",
        advice="평균을 내기 전에 코사인을 제곱하라: `(unit @ unit.T).square()`.",
    ),
    "pull-away-inert": FindingWords(
        title="pull-away 항에 효과가 없음: 논문 항의 {effect}",
        explanation="코드가 어떻든 값이 거의 변하지 않고 기울기는 0에 가깝다. 배치 전체의 노름 하나로 나누면 그렇게 "
        "된다. 그때 값은 약 −1/(B−1)이다. 모델은 이 항이 없는 것처럼 학습되며, 그래도 해가 되지 않을 수 있다.",
        advice="코드마다 제 노름으로 나누고(`nn.functional.normalize(code, dim=1)`) 코사인을 제곱하라. 아니면 이 "
        "항을 "
        "지우라.",
    ),
    "pull-away-wrong-axis": FindingWords(
        title="pull-away 항이 코드의 엉뚱한 축을 따라 계산됨",
        explanation="배치에 걸친 노름으로 나누거나 코드의 차원끼리 견준다. 논문은 서로 다른 이미지의 코드를 견준다. "
        "이미지가 서로 닮아 가는데도 값은 내려갈 수 있다.",
        advice="코드마다 정규화하고(`unit = nn.functional.normalize(code, dim=1)`) 코드끼리 견주라: `unit @ unit.T`.",
    ),
    "pull-away-diagonal": FindingWords(
        title="pull-away 항이 코드와 그 자신의 닮음까지 셈: {constant} 더해짐",
        explanation="코드와 그 자신의 코사인은 1이다. 이를 세면 기록되는 값에 상수가 더해진다. 그 기울기는 0이므로 "
        "학습에는 영향이 없다.",
        advice="평균을 내기 전에 대각 성분을 빼고 B(B−1)로 나누라.",
    ),
    "pull-away-scaled": FindingWords(
        title="pull-away 항에 실제로 걸리는 가중치는 {acts}, Config에는 {declared}",
        explanation="Config와 손실 사이 어딘가에서 {factor}배가 곱해진다. 다른 모델이나 논문의 0.1과 가중치를 견주면 "
        "서로 다른 것을 견주게 된다.",
        advice="그 배수를 없애거나, 실제로 걸리는 가중치를 Config에 적으라.",
    ),
    "pull-away-scaled.reversed": FindingWords(
        title="pull-away 항에 실제로 걸리는 가중치는 {acts}, Config에는 {declared}: 코드를 서로 끌어당김",
        explanation="부호가 뒤집혀 있어, 생성자는 서로 닮은 코드와 이미지를 만들 때 상을 받는다.",
        advice="이 항을 생성자의 손실에서 빼지 말고 더하라.",
    ),
    "pull-away-on-pixels": FindingWords(
        title="pull-away 항이 픽셀을 견줌. 논문은 코드를 견줌",
        explanation="생성자의 손실이 이미지의 코드에 따라서는 변하지 않고, 픽셀에 대한 pull-away 식을 따른다. 같은 "
        "배경 위의 이미지는 무엇을 그렸든 픽셀 대부분이 서로 닮았다.",
        advice="이미지 대신 인코더의 출력을 이 항에 넘기라.",
    ),
    "pull-away-unused": FindingWords(
        title="pull-away 항이 생성자에 닿지 않음: 가중치 {weight}, 하는 일이 없음",
        explanation="생성자를 학습시키는 손실이 이미지의 코드에 따라 변하지 않는다. 이것은 그냥 EBGAN이며, 이 항에서 "
        "기대한 일은 일어날 수 없다.",
        advice="생성자의 손실에 `config.pull_away_weight * pull_away(code)` 항을 더하거나, 가중치를 0으로 두라.",
    ),
    "pull-away-unused.detached": FindingWords(
        title="pull-away 항이 생성자에 닿지 않음: 코드가 그래프에서 떨어져 있음",
        explanation="이 항은 생성자의 손실에서 값을 가지지만, 코드에서 이미지로 이어지는 기울기가 없다. 이것은 그냥 "
        "EBGAN이며, 이 항에서 기대한 일은 일어날 수 없다.",
        advice="에너지를 얻는 바로 그 `discriminator(fake)` 호출에서 `detach()` 또는 `no_grad()` 없이 코드를 얻으라.",
    ),
    "hinge-on-batch-mean": FindingWords(
        title="힌지를 이미지마다가 아니라 배치의 평균 에너지에 적용함",
        explanation="평균이 마진을 넘는 순간, 마진에 한참 못 미치는 이미지까지 포함해 어떤 생성 이미지도 밀려나지 "
        "않는다. 평균이 넘지 않는 동안에는 이미 넘은 이미지도 계속 밀려난다.",
        advice="힌지를 먼저 적용하고 평균은 나중에 내라: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.none": FindingWords(
        title="판별자의 손실에 힌지가 없음: 생성 이미지를 끝없이 밀어냄",
        explanation="생성 이미지의 에너지가 이미 아무리 커도, 더 커지면 손실이 줄어든다. 판별자는 생성 이미지를 더 "
        "나쁘게 복원해서 언제나 이득을 볼 수 있고, 실제 이미지는 잊는다.",
        advice="마진에서 멈추게 하라: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.reversed": FindingWords(
        title="판별자의 손실이 생성 이미지를 실제 이미지처럼 끌어당김: 힌지가 없음",
        explanation="생성 이미지의 에너지가 낮을수록 손실이 줄어들어, 판별자는 생성 이미지도 복원하도록 배운다. 실제 "
        "이미지와 구별해 주는 것이 없다.",
        advice="부호를 바꾸고 마진에서 멈추게 하라: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.inactive": FindingWords(
        title="판별자의 손실이 생성 이미지와 무관함: 힌지가 없음",
        explanation="생성 이미지의 복원이 어떻든 거기서 오는 기울기가 없다. 판별자는 실제 이미지의 평범한 "
        "오토인코더이다.",
        advice="힌지 `(config.margin - energy_fake).relu().mean()` 항을 `detach()` 또는 `no_grad()` 없이 더하라.",
    ),
    "hinge-missing.soft": FindingWords(
        title="판별자가 생성 이미지를 미는 힘이 서서히 사라짐. 논문의 힌지는 마진에서 끝남",
        explanation="매끄러운 함수나 제 상태를 가진 균형 장치가 힌지를 대신한다. 이것은 다른 목적 함수이며, 미는 "
        "힘이 "
        "어디서 끝나는지를 마진이 말해 주지 않는다.",
        advice="논문의 목적 함수를 뜻했다면: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "generator-target-detached": FindingWords(
        title="생성자의 에너지를 그래프에서 떼어 낸 이미지와 견줌: 온전한 기울기와의 코사인 {cosine}",
        explanation="이미지는 마땅히 되어야 할 것이 아니라, 판별자가 그것으로 만들어 내는 것으로 셈해진다. "
        "생성자는 제 "
        "에너지와 다른 방향을 따라 배운다. 그래도 해가 되지 않을 수 있다.",
        advice="생성자의 손실에 있는 에너지에서 `detach()` 호출을 없애라.",
    ),
    "generator-target-detached.uncounted": FindingWords(
        title="생성자의 에너지를 그래프에서 떼어 낸 이미지와 견줌",
        explanation="이미지는 마땅히 되어야 할 것이 아니라, 판별자가 그것으로 만들어 내는 것으로 셈해진다. "
        "생성자는 제 "
        "에너지와 다른 방향을 따라 배운다. 그래도 해가 되지 않을 수 있다.",
        advice="생성자의 손실에 있는 에너지에서 `detach()` 호출을 없애라.",
    ),
    "generator-target-detached.reconstruction": FindingWords(
        title="생성자의 에너지를 그래프에서 떼어 낸 복원으로 계산함: 판별자가 아무것도 가르치지 않음",
        explanation="판별자를 거쳐 가는 기울기가 없다. 생성자는 우연히 복원된 모습을 그리라는 말만 듣는다.",
        advice="생성자의 손실에 있는 복원에서 `detach()` 또는 `no_grad()` 호출을 없애라.",
    ),
    "energy-not-per-sample": FindingWords(
        title="energy(): 이미지 {images}개에 값 하나만 돌려줌",
        explanation="그러면 힌지를 배치의 평균에만 적용할 수 있다. 이미 마진에서 먼 이미지가 그렇지 않은 이미지를 "
        "대신하게 된다. 이미지 하나하나의 에너지를 볼 수 없다.",
        advice="첫째 축을 뺀 모든 축에서 줄이라: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-not-per-sample.pixels": FindingWords(
        title="energy(): 이미지 {images}개에 값 {returned:n}개를 돌려줌, 모양 {shape}",
        explanation="그러면 힌지가 값 하나하나에 적용되고, 이미지 하나를 위한 마진과 그 값들을 견주게 된다.",
        advice="첫째 축을 뺀 모든 축에서 줄이라: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-depends-on-batch-size": FindingWords(
        title="에너지가 배치 크기에 따라 다름: 이미지가 두 배면 × {ratio}",
        explanation="같은 이미지가 더 큰 배치에서는 다른 에너지를 가지므로, 배치 크기마다 마진의 뜻이 달라진다. "
        "배치에 "
        "걸친 합의 제곱근을 배치 크기로 나누면 0.71배, 배치에 걸친 합이면 2배가 된다.",
        advice="이미지마다 따로 줄이고, 배치의 평균은 맨 나중에 내라.",
    ),
    "energy-depends-on-batch-mates": FindingWords(
        title="이미지의 에너지가 같은 배치의 다른 이미지에 따라 다름: 혼자면 {alone}, 함께면 {among}",
        explanation="판별자가 배치에 걸쳐 정규화한다. 실제 이미지 하나가 실제 이미지들 사이에서는 싸고 혼자서는 "
        "비쌀 수 "
        "있다. 모두 같은 생성 이미지에서는 공통된 것이 빠져 버려, 생성자는 어디로 가야 할지 거의 듣지 못한다.",
        advice="판별자에는 `nn.GroupNorm` 같이 이미지마다 정규화하는 층을 쓰거나, 정규화를 쓰지 말라.",
    ),
    "energy-depends-on-batch-mates.function": FindingWords(
        title="이미지의 에너지가 같은 배치의 다른 이미지에 따라 다름: energy() 때문에 {change:%} 달라짐",
        explanation="`energy` 함수가 이미지마다 배치 전체의 수를 쓴다. 그러면 배치마다 마진의 뜻이 달라진다.",
        advice="이미지의 에너지에는 그 이미지와 그 복원만 쓰라.",
    ),
    "energy-entropy-floor": FindingWords(
        title="에너지가 교차 엔트로피임: 완벽하게 복원해도 실제 이미지에 {floor} 남음",
        explanation="검지도 희지도 않은 픽셀에는 제 엔트로피가 있고, 어떤 판별자도 그것을 없애지 못한다. 마진 "
        "{margin} "
        "값은 그 바닥에 견주어 보아야 한다.",
        advice="에너지에 제곱을 쓰거나 이미지 자체의 엔트로피를 빼라. 아니면 마진을 그 바닥보다 훨씬 높게 잡으라.",
    ),
    "margin-unreachable": FindingWords(
        title="마진이 닿을 수 없는 곳에 있음: 마진 {margin}, 에너지의 최댓값 {ceiling}",
        explanation="판별자의 출력은 `{bound}` 때문에 한정되고, 에너지도 그렇다. 힌지가 끝나지 않아, 생성 "
        "이미지를 아무리 "
        "나쁘게 복원해도 상을 받는다. 논문의 마진 10에서 80은 이미지 전체의 노름에 맞는 값이다. 여기서 평균 이미지의 "
        "에너지는 {mean_image}.",
        advice="마진을 평균 이미지의 에너지 {mean_image} 가까이에 두거나(기준 모델은 그 0.7배와 3.7배), 이미지에 "
        "걸쳐 "
        "합한 에너지를 쓰라.",
    ),
    "margin-inflates-reconstruction": FindingWords(
        title="마진 {margin}, 데이터의 범위 밖에서만 닿음. 범위 안의 에너지는 많아야 {in_range}",
        explanation="판별자의 출력을 한정하는 것이 없어, 생성 이미지를 어떤 이미지에도 없는 값으로 그릴 때 "
        "판별자가 상을 "
        "받는다. 여기서 평균 이미지의 에너지는 {mean_image}.",
        advice="마진을 평균 이미지의 에너지 {mean_image} 가까이에 두라. 기준 모델은 그 0.7배와 3.7배이다.",
    ),
    "margin-below-energy-floor": FindingWords(
        title="마진 {margin}, 실제 이미지에 남는 에너지보다 낮음: 코드 크기 {code}일 때 약 {floor}",
        explanation="그만큼의 수로 선형 복원을 가장 잘했을 때의 에너지이며, 평균 이미지의 에너지는 {mean_image}. "
        "실제 "
        "이미지의 에너지가 마진까지 내려가기 전에 생성 이미지가 마진에 닿는다. 힌지가 닫히고, 판별자는 둘을 더는 "
        "구별하지 못한다.",
        advice="마진을 평균 이미지의 에너지 {mean_image} 가까이에 두거나(기준 모델은 그 0.7배와 3.7배), 에너지의 "
        "크기를 "
        "마진에 맞추라.",
    ),
    "generator-range-mismatch.low": FindingWords(
        title="생성자가 {low} 아래의 값을 그릴 수 없음. 데이터는 {data_low}부터 시작함",
        explanation="생성자의 출력은 `{layer}` 때문에 한정된다. 실제 이미지에는 생성 이미지가 가질 수 없는 값이 "
        "있고, 그것만으로 구별된다.",
        advice="{line}에 있는 `{layer}` 대신 데이터의 범위에 닿는 활성화 함수를 쓰라. [−1, 1]이라면 `nn.Tanh()` "
        "등이다. 아니면 "
        "Config의 `pixel_range` 값을 생성자가 그릴 수 있는 범위로 두라.",
    ),
    "generator-range-mismatch.high": FindingWords(
        title="생성자가 {high} 위의 값을 그릴 수 없음. 데이터는 {data_high}까지 이어짐",
        explanation="생성자의 출력은 `{layer}` 때문에 한정된다. 실제 이미지에는 생성 이미지가 가질 수 없는 값이 "
        "있고, 그것만으로 구별된다.",
        advice="{line}에 있는 `{layer}` 대신 데이터의 범위에 닿는 활성화 함수를 쓰라. 아니면 Config의 "
        "`pixel_range` 값을 "
        "생성자가 그릴 수 있는 범위로 두라.",
    ),
    "generator-range-mismatch.both": FindingWords(
        title="생성자는 {low}부터 {high}까지, 데이터는 {data_low}부터 {data_high}까지",
        explanation="생성자의 출력은 `{layer}` 때문에 한정된다. 실제 이미지에는 생성 이미지가 가질 수 없는 값이 "
        "있고, 그것만으로 구별된다.",
        advice="{line}에서 출력의 크기를 데이터의 범위에 맞추라. 아니면 Config의 `pixel_range` 값을 생성자가 "
        "그릴 수 있는 "
        "범위로 두라.",
    ),
    "reconstruction-range-mismatch.low": FindingWords(
        title="판별자가 {low} 아래의 값을 복원할 수 없음. 데이터는 {data_low}부터 시작함",
        explanation="판별자의 출력은 `{layer}` 때문에 한정된다. 아무리 오래 학습해도 실제 이미지에 적어도 "
        "{floor} 에너지가 남는다.",
        advice="{line}에 있는 `{layer}` 층을 없애거나 `nn.Tanh()` 층으로 바꾸라. 아니면 Config의 `pixel_range` "
        "값으로 데이터를 "
        "그릴 수 있는 범위에 맞추라.",
    ),
    "reconstruction-range-mismatch.high": FindingWords(
        title="판별자가 {high} 위의 값을 복원할 수 없음. 데이터는 {data_high}까지 이어짐",
        explanation="판별자의 출력은 `{layer}` 때문에 한정된다. 아무리 오래 학습해도 실제 이미지에 적어도 "
        "{floor} 에너지가 남는다.",
        advice="{line}에 있는 `{layer}` 층을 없애라. 아니면 Config의 `pixel_range` 값으로 데이터를 그릴 수 있는 "
        "범위에 "
        "맞추라.",
    ),
    "reconstruction-range-mismatch.both": FindingWords(
        title="판별자의 복원은 {low}부터 {high}까지, 데이터는 {data_low}부터 {data_high}까지",
        explanation="판별자의 출력은 `{layer}` 때문에 한정된다. 아무리 오래 학습해도 실제 이미지에 적어도 "
        "{floor} 에너지가 남는다.",
        advice="{line}에 있는 한정을 없애라. 아니면 Config의 `pixel_range` 값으로 데이터를 그릴 수 있는 범위에 맞추라.",
    ),
    "silent-broadcast": FindingWords(
        title="복원의 모양이 {recon}, 이미지는 {image}: PyTorch가 말없이 되풀이해 맞춤",
        explanation="복원 하나를 이미지의 여러 값과 한꺼번에 견준다. 에너지는 값을 가지지만, 이미지를 얼마나 잘 "
        "복원했는지 "
        "말해 주지 않는다.",
        advice="판별자의 마지막 층을 이미지의 모양 {image}에 맞추라.",
    ),
    "not-an-autoencoder": FindingWords(
        title="판별자가 이미지마다 수 하나를 돌려줌: 오토인코더가 아님",
        explanation="이것은 다른 갈래의 모델이다. 에너지, 마진, 코드를 볼 수 없고, 복원이 필요한 것은 해당되지 않는다.",
        advice="에너지 기반 GAN이라면 디코더의 출력을 돌려주라. 보통의 GAN이라면 할 일이 없다.",
    ),
    "loss-moves-other-net": FindingWords(
        title="{of}의 손실이 {into}까지 움직임: 기울기의 {share:%}",
        explanation="{of}의 `backward()` 호출이 {into}에 남긴 기울기가, {into}의 갱신 때까지 그대로 남아 있었다. 두 "
        "신경망은 생성 이미지에 대해 서로 반대되는 것을 바라므로, 서로 상대가 한 일의 일부를 되돌린다.",
        advice="{into}에서는 `backward()`보다 먼저 그 옵티마이저의 `zero_grad()`부터 부르고, 판별자의 손실에는 생성 "
        "이미지를 `fake.detach()` 꼴로 넣으라.",
    ),
    "loss-moves-other-net.both": FindingWords(
        title="손실 하나가 두 신경망을 함께 움직임: 상대의 손실에서 온 기울기가 최대 {share:%}",
        explanation="같은 `backward()` 한 번이 두 갱신에 모두 쓰였다. 두 신경망은 생성 이미지에 대해 서로 반대되는 "
        "것을 바라므로, 서로 상대가 한 일의 일부를 되돌린다.",
        advice="손실을 둘로 나누고 `backward()`도 두 번 부르라. 그때마다 `zero_grad()`부터 부르고, 판별자의 손실에는 "
        "생성 이미지를 `fake.detach()` 꼴로 넣으라.",
    ),
    "loss-moves-other-net.touched": FindingWords(
        title="{of}의 손실이 {into}의 파라미터를 직접 바꿈",
        explanation="{of}의 손실을 계산하고 나니, 파라미터가 마지막 갱신이 남긴 값과 달라져 있었다.",
        advice="{of}의 손실 안에서는 {into}의 파라미터를 그대로 두라.",
    ),
    "optimizer-wrong-parameters.all": FindingWords(
        title="{net}의 옵티마이저가 그 파라미터를 하나도 맡고 있지 않음",
        explanation="따로 갱신해 주는 것이 없으므로, {net}의 가중치는 처음 뽑힌 그대로 남는다. 두 옵티마이저나 두 "
        "신경망이 서로 바뀐 것은 아닌가?",
        advice="옵티마이저에 `{net}.parameters()` 전체를 넘기라. `optimizers` 함수는 생성자의 것을 먼저 돌려준다.",
    ),
    "optimizer-wrong-parameters.missing": FindingWords(
        title="{net}의 옵티마이저에 그 파라미터 {tensors}개가 빠져 있음: {names}",
        explanation="빠진 파라미터는 손실이 무엇이라 하든 처음 뽑힌 그대로 남는다.",
        advice="옵티마이저에 `{net}.parameters()` 전체를 넘기거나, 그대로 둘 것이라면 `requires_grad_(False)` 호출로 "
        "얼려 두라.",
    ),
    "optimizer-wrong-parameters.foreign": FindingWords(
        title="{net}의 옵티마이저가 {net}의 것이 아닌 파라미터 {tensors}개를 맡고 있음: {names}",
        explanation="이 옵티마이저의 갱신이 상대 신경망의 것을 움직일 수 있고, `zero_grad()` 호출은 그 신경망의 "
        "기울기까지 지운다.",
        advice="옵티마이저에 `{net}.parameters()`만 넘기라.",
    ),
    "optimizer-wrong-parameters.twice": FindingWords(
        title="{net}의 옵티마이저가 파라미터 {tensors}개를 두 번씩 맡고 있음: {names}",
        explanation="이 파라미터들은 스텝마다 두 번 갱신된다.",
        advice="파라미터마다 한 번씩만 넣으라.",
    ),
    "update-ratio": FindingWords(
        title="판별자를 {d}번 갱신할 때 생성자는 {g}번 갱신함",
        explanation="논문은 한 번씩 갱신하고, 기준 모델도 이렇게 하지는 않는다. 판별자를 더 자주 갱신하면 판별자가 "
        "강해져서 힌지가 더 일찍 닫힌다.",
        advice="한 번씩 갱신하거나, 기준 모델의 비율로 시작하라.",
    ),
    "update-ratio.undeclared": FindingWords(
        title="한 스텝에서 판별자를 {d}번, 생성자를 {g}번 갱신함({order}). Config에는 {declared} 대 1로 되어 있음",
        explanation="한 스텝은 생성자를 한 번, 판별자를 `discriminator_steps` 값만큼 갱신하는 것이다. 스텝 수, 예산, "
        "곡선은 모두 이것을 센다.",
        advice="`train_step` 안에서 `step()` 호출이 몇 번인지 세어 보고, 그 비율을 `Config.discriminator_steps` "
        "값으로 밝히라.",
    ),
    "update-ratio.never": FindingWords(
        title="{net}의 갱신이 한 번도 없음",
        explanation="학습 한 스텝 동안 그 옵티마이저의 `step()` 호출이 없었다.",
        advice="{net}의 `backward()` 다음에 부르라.",
    ),
    "log-polluted": FindingWords(
        title="로그의 {name} 값이 이름과 다름: {value}, 그 스텝의 이미지로 잰 값은 {expected}",
        explanation="힌지 같은 것이 제자리 연산으로 더해졌다. `loss = energy_real; loss += hinge`처럼 쓰면 두 이름에 "
        "모두 합이 남는다.",
        advice="`loss = energy_real + hinge`처럼 쓰라.",
    ),
    "log-polluted.off_fake": FindingWords(
        title="{name} 항이 이름과 다름: 생성 이미지의 복원에 따라 달라짐",
        explanation="다른 것이 제자리 연산으로 더해졌다. `loss = energy_real; loss += hinge`처럼 쓰면 두 이름에 모두 "
        "합이 남는다. 항은 모두 더해지므로, 이 값으로 학습까지 한다.",
        advice="`loss = energy_real + hinge`처럼 쓰라.",
    ),
    "log-polluted.off_real": FindingWords(
        title="{name} 항이 이름과 다름: 실제 이미지의 복원에 따라 달라짐",
        explanation="다른 것이 제자리 연산으로 더해졌다. `loss = hinge; loss += energy_real`처럼 쓰면 두 이름에 모두 "
        "합이 남는다. 항은 모두 더해지므로, 이 값으로 학습까지 한다.",
        advice="`loss = energy_real + hinge`처럼 쓰라.",
    ),
    "log-polluted.code": FindingWords(
        title="{name} 항이 이름과 다름: 생성 이미지의 코드에 따라 달라짐",
        explanation="다른 것이 제자리 연산으로 더해졌다. `loss = energy_fake; loss += pull_away`처럼 쓰면 두 이름에 "
        "모두 합이 남는다. 항은 모두 더해지므로, 이 값으로 학습까지 한다.",
        advice="`loss = energy_fake + pull_away`처럼 쓰라.",
    ),
    "config-unused": FindingWords(
        title="Config에서 아무도 읽지 않는 값: {names}",
        explanation="모델을 만들고, 손실을 부르고, 몇 스텝을 학습하는 동안 한 번도 쓰이지 않았다. 값을 바꾸어도 "
        "아무것도 바뀌지 않는다.",
        advice="작용해야 할 곳에서 읽거나, 지우라.",
    ),
    "config-misspelt": FindingWords(
        title="Config의 {name} 값을 아무도 읽지 않음: 혹시 `{meant}`?",
        explanation="`{name}` 값이 무엇이든, 여기서 `{meant}` 값은 기본값 그대로다: {in_effect}.",
        advice="이름을 `{meant}` 그대로 고치라.",
    ),
    "code-too-wide": FindingWords(
        title="코드가 이미지만큼 넓음: 픽셀 {pixels:n}개에 코드 값 {code:n}개",
        explanation="이 오토인코더에는 이미지가 어떻게 생겼는지 배울 수밖에 없게 하는 것이 없다. 무엇을 보여 주든 "
        "베낄 수 있고, 그러면 잡음과 생성 이미지의 에너지도 실제 이미지만큼 낮다. 이를 막는 것은 힌지뿐이다. 논문의 "
        "MNIST 모델들도 코드가 이만큼 넓으며, 그중 일부는 작동한다.",
        advice="코드를 이미지보다 좁게 하라. 숫자 이미지에는 값 32개면 충분하다.",
    ),
    "code-too-narrow": FindingWords(
        title="코드가 너무 좁음: 값 {code:n}개, 데이터 분산의 절반에 필요한 방향은 {needed:n}개",
        explanation="이런 코드를 쓰는 선형 오토인코더는 이미지를 서로 구별해 주는 것의 절반 넘게 잃는다. 실제 "
        "이미지의 에너지가 높게 남고, 생성 이미지는 같은 세부가 빠져 있어도 그만큼 좋아 보인다.",
        advice="코드를 값 {needed:n}개보다 넓히라. 숫자 이미지에는 32개면 충분하다.",
    ),
    "latent-too-small": FindingWords(
        title="잠재 벡터의 값은 {latents:n}개, 기준 모델은 {reference_latents:n}개",
        explanation="이미지의 다양성은 모두 이 수들에서 나와야 한다. 수가 적으면 생성자는 데이터의 얇은 한 단면만 "
        "그리고, 아무리 오래 학습해도 커버리지가 낮게 남는다.",
        advice="잠재 벡터의 크기를 기준 모델과 같게 하라: `latent_dim = {reference_latents:n}`.",
    ),
    "latent-too-small.few": FindingWords(
        title="잠재 벡터의 값이 {latents:n}개뿐임",
        explanation="이미지의 다양성은 모두 이 수들에서 나와야 한다. 수가 적으면 생성자는 데이터의 얇은 한 단면만 "
        "그리고, 아무리 오래 학습해도 커버리지가 낮게 남는다.",
        advice="잠재 벡터의 값을 이를테면 32개로 늘리라.",
    ),
    "latent-differs": FindingWords(
        title="잠재 벡터가 다름: 여기서는 {mine}, 기준 모델에서는 {reference}",
        explanation="시드가 같아도 두 모델이 같은 잠재 벡터를 받지 않으므로, 나란히 놓은 그림이 서로 짝을 이루지 "
        "않는다. 품질이 여기에 달린 경우는 드물다.",
        advice="다른 원인을 찾는 동안에는 기준 모델의 잠재 벡터를 쓰라.",
    ),
    "not-reproducible.system": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름: 운영체제의 난수",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). `{call}` 호출은 운영체제가 그때그때 내놓는 값을 쓴다. 시드끼리 비교할 수 없고, 저장한 "
        "실행을 되풀이할 수 없다.",
        advice="건네받은 `rng`에서 뽑거나, 신경망, 손실, 스텝 안에서 torch의 함수로 뽑으라. 이들의 시드는 알아서 "
        "정해진다.",
    ),
    "not-reproducible.clock": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름: 시계",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). `{call}` 호출은 시각을 읽는다. 시드끼리 비교할 수 없고, 저장한 실행을 되풀이할 수 "
        "없다.",
        advice="초 대신 스텝을 세고, 시각에서 시드를 얻지 말라. torch, numpy, `random`의 시드는 스텝마다 알아서 "
        "정해진다.",
    ),
    "not-reproducible.own": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름: 시드 없는 난수 생성기",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). `{call}` 생성기는 운영체제가 정하는 곳에서 시작한다. 시드끼리 비교할 수 없고, 저장한 "
        "실행을 되풀이할 수 없다.",
        advice="건네받은 `rng`나 torch와 numpy의 함수로 뽑거나, 생성기에 고정된 시드를 주라.",
    ),
    "not-reproducible.order": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름: 집합의 순서",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). `{call}` 집합을 도는 순서가 실행마다 바뀐다. 시드끼리 비교할 수 없고, 저장한 실행을 "
        "되풀이할 수 없다.",
        advice="리스트나 튜플을 쓰거나 `sorted(…)`를 쓰라.",
    ),
    "not-reproducible.import": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름: 파일을 불러올 때 뽑은 난수",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). `{call}` 호출은 시드가 정해지기 전에 실행된다. 시드끼리 비교할 수 없고, 저장한 실행을 "
        "되풀이할 수 없다.",
        advice="시드가 알아서 정해지는 생성자 안에서 뽑거나, 고정된 시드를 준 생성기로 뽑으라.",
    ),
    "not-reproducible.unknown": FindingWords(
        title="같은 시드로 두 번 만들면 {step:n}스텝 뒤 {nets}의 값이 다름",
        explanation="시드가 같으면 모델도 비트 하나까지 같아야 하는데, 여기서는 `{tensor}`부터 다르다(0스텝은 "
        "처음부터 다르다는 뜻). 시드끼리 비교할 수 없고, 저장한 실행을 되풀이할 수 없다. 코드만 보아서는 까닭을 알 수 "
        "없다. 따로 만든 난수 생성기, 시각, 모델이 새로 만들어져도 남는 값이 있는지 찾아보라.",
        advice="건네받은 `rng`에서 뽑거나, 신경망, 손실, 스텝 안에서 torch의 함수로 뽑으라. 이들의 시드는 알아서 "
        "정해진다.",
    ),
    "init-not-applied.nothing": FindingWords(
        title="initialise() 호출이 아무 가중치도 바꾸지 않음",
        explanation="두 신경망에 대해 불렀지만, 가중치가 있는 층 {layers:n}개 모두 층이 만들어질 때 뽑힌 값 "
        "그대로다. "
        "어느 층에도 없는 이름이나 타입을 찾거나, 가중치에 써넣는 대신 새 텐서를 만드는 것일 수 있다.",
        advice="`isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))`처럼 묻고, `layer.weight` 안에 "
        "써넣으라: `nn.init.normal_(layer.weight, 0.0, 0.02)`.",
    ),
    "init-not-applied.missed": FindingWords(
        title="initialise() 호출이 가중치가 있는 층 {layers:n}개 중 {missed:n}개를 빠뜨림: {types}",
        explanation="다른 층은 모두 새로 뽑혔지만, 이 층들의 가중치는 층이 만들어질 때 뽑힌 그대로다. 일부러 그런 "
        "것이 아니라면 함수가 찾는 이름이나 타입이 틀린 것이다.",
        advice="일부러 그런 것이 아니라면 {types}도 찾게 하라.",
    ),
    "init-out-of-scale.large": FindingWords(
        title="{type}의 초기 가중치의 편차가 {std}, PyTorch 기본값의 {ratio}배",
        explanation="가중치가 이렇게 넓게 퍼져 있으면 신호가 층마다 부풀어 오른다. 생성자의 tanh는 양 끝에 붙어 "
        "기울기를 넘겨주지 않고, 복원 이미지는 데이터의 범위를 벗어난다. 실제 이미지의 처음 에너지는 {energy}. 검은 "
        "이미지로 복원해도 많아야 1이다.",
        advice="PyTorch의 초기화를 그대로 두거나, {line}에서 N(0, 0.02) 분포로 뽑으라.",
    ),
    "init-out-of-scale.equal": FindingWords(
        title="`{path}`에 있는 {type}의 초기 가중치가 모두 같음: {mean}",
        explanation="같은 가중치로 시작한 유닛들은 같은 기울기를 받아 언제까지나 같은 유닛으로 남는다. 가중치가 "
        "0이면 "
        "그 층 뒤의 어떤 것도 앞에서 오는 것에 따라 달라지지 않는다.",
        advice="가중치를 무작위로 뽑으라. PyTorch의 초기화를 그대로 두거나, `nn.init.normal_(layer.weight, 0.0, "
        "0.02)`처럼 쓰라.",
    ),
    "init-out-of-scale.gain": FindingWords(
        title="{type}의 처음 이득(gain)이 1 근처가 아님: 평균 {mean}, 편차 {std}",
        explanation="층이 막 정규화한 값에 이득을 곱한다. 이득이 0에 가까우면 유닛이 잠잠해지고, 부호가 섞여 있으면 "
        "일부가 뒤집힌다. DCGAN은 이득을 N(0, 0.02) 분포가 아니라 N(1, 0.02) 분포로 뽑는다.",
        advice="이득을 1 그대로 두거나, N(1, 0.02) 분포로 뽑으라.",
    ),
    "init-out-of-scale.energy": FindingWords(
        title="실제 이미지의 처음 에너지가 {energy}, 검은 이미지로 복원해도 많아야 1임",
        explanation="처음의 복원이 데이터의 범위를 크게 벗어난다. 그래서 판별자는 배우기에 앞서 이것부터 잊어야 "
        "하고, "
        "그때까지 힌지는 닫혀 있다.",
        advice="PyTorch의 초기화를 그대로 두거나, 받은 값을 몇 배로 키우는 층이 있는지 찾아보라.",
    ),
    "batchnorm-arguments": FindingWords(
        title="{type}의 eps 값이 {eps}, momentum 값으로 보임",
        explanation="특징 수 다음 인자는 eps이고, momentum은 그다음이다. √(분산 + {eps}) 값으로 나누면 약한 신호는 "
        "약한 채로 남고, 유닛의 편차가 더는 1이 아니다.",
        advice="{line}에 있는 `{shown}` 대신 `nn.{type}({features:n})`처럼 쓰거나, `momentum={eps}`처럼 이름을 붙이라.",
    ),
    "normalisation-missing": FindingWords(
        title="기준 모델이 정규화하는 곳 {layers:n}군데를 이 모델은 정규화하지 않음, 처음은 {net}",
        explanation="기준 모델에는 {reference}에 `{shown}` 층이 있다. 이것이 없으면 신호의 크기가 가중치에만 달린다. "
        "생성자에서는 학습이 느려질 수 있다. 판별자에서는 오히려 나을 때가 많다. 이미지의 에너지가 같은 배치에 "
        "무엇이 "
        "함께 있는지에 좌우되지 않기 때문이다.",
        advice="더 찾아보기 전에 기준 모델의 정규화를 써 보거나, 두 모델에서 모두 빼 보라.",
    ),
    "learning-rates-differ.higher": FindingWords(
        title="{net}의 학습률이 {rate}, 기준 모델의 학습률 {reference_rate}의 {ratio}배",
        explanation="학습률이 이렇게 높으면 손실이 널뛰거나, 출력이 모두 하나로 바뀌거나, 값이 NaN으로 끝나기 가장 "
        "쉽다.",
        advice="{net}의 학습률을 {reference_rate}에 맞추라.",
    ),
    "learning-rates-differ.swapped": FindingWords(
        title="두 학습률이 서로 바뀌어 있음: 생성자 {generator}, 판별자 {discriminator}",
        explanation="기준 모델에서는 반대다. 그래서 거기서 앞서가는 신경망이 여기서는 뒤따라간다.",
        advice="두 학습률을 맞바꾸라.",
    ),
    "learning-rates-differ.other": FindingWords(
        title="{net}의 학습률은 {rate}, 기준 모델은 {reference_rate}",
        explanation="학습률이 낮으면 느릴 뿐 고장은 아니고, 조금 높은 것은 거의 문제가 되지 않는다. 다만 스텝 수가 "
        "같아도 두 모델이 같은 데까지 와 있지는 않다.",
        advice="두 학습률을 기준 모델과 같게 하거나, 느린 모델에 스텝을 더 주라.",
    ),
    "dead-at-init": FindingWords(
        title="{net}에 있는 {shown} 층의 유닛 {units:n}개 중 {share:%}, 학습 전 한 배치 전체에서 0",
        explanation="무엇이 들어오든 0인 유닛은 기울기를 넘겨주지 않으며, 계속 그대로일 수 있다. 보통의 초기 "
        "가중치에서는 우연히 일어나지 않는 일이다.",
        advice="그 앞의 층을 살펴보라. 편향, 초기 가중치, 받는 값의 범위를 확인하라.",
    ),
    "dead-at-init.all": FindingWords(
        title="{net}에 있는 {shown} 층의 유닛 {units:n}개 모두, 학습 전 한 배치 전체에서 0",
        explanation="모든 것이 이 층을 지나는데, 이 층은 아무것도 넘겨주지 않는다. 이미지도, 잠재 벡터도, 기울기도 "
        "건너가지 못한다. 그 앞에 있는 것은 영영 배우지 못한다.",
        advice="그 앞의 층을 살펴보라. 편향, 초기 가중치, 받는 값의 범위를 확인하라.",
    ),
    "no-difference": FindingWords(
        title="{reference}에 견주어 효과가 다른 것이 없음",
        explanation="다르게 쓰여 있을 뿐인 것은 차이가 아니다. 시드가 같으면 두 모델은 똑같은 모델로 학습된다. "
        "그런데도 결과가 다르다면 우연이거나, 파일 밖에서 온 것이다.",
        advice="모델 밖을 살펴보라. 데이터, 버전, 시드, 평가 방법을 확인하라.",
    ),
    "labels-independent-of-inputs.drawn": FindingWords(
        title="레이블에 정보가 없음: 같은 출처의 다른 쌍에서 AUROC {value}, 우연이면 {chance_low}에서 {chance_high} "
        "사이",
        explanation="`pairs` 함수는 이미지를 보지 않고 레이블을 뽑는다({at}). 잠깐 학습하면 인코더는 학습 쌍 256개를 "
        "AUROC {given}까지, 레이블을 뒤섞으면 {shuffled}까지 가른다. 둘 다 외우는 것이고, 주어진 레이블이라고 더 빨리 "
        "외우지도 않는다. 어떤 모델, 어떤 손실로 얼마나 오래 학습해도 이 쌍에서는 우연을 넘을 수 없다.",
        advice="레이블이 있는 이미지로 쌍을 만들거나, `pairs` 함수를 지우라. 그러면 무엇이 같은지를 데이터 세트의 "
        "레이블이 정한다.",
    ),
    "labels-independent-of-inputs.unlearnt": FindingWords(
        title="레이블에 정보가 없어 보임: 같은 출처의 다른 쌍에서 AUROC {value}, 우연이면 {chance_low}에서 "
        "{chance_high} 사이",
        explanation="잠깐 학습하면 인코더는 학습 쌍 256개를 AUROC {given}까지, 레이블을 뒤섞으면 {shuffled}까지 "
        "가른다. 둘 다 외우는 것이고, 주어진 레이블이라고 더 빨리 외우지도 않는다. 레이블이 우연이라면 어떤 모델도 "
        "이보다 나을 수 없다. 어려운 과제라면 몇 초의 학습으로는 아무것도 잡지 못한 것이다.",
        advice="쌍 열 개를 레이블과 함께 들여다보라. 레이블의 순서가 아직 이미지의 순서와 맞는가? 사람은 가려낼 수 "
        "있는가?",
    ),
    "cosine-as-logit": FindingWords(
        title="손실이 {least_loss} 아래로는 내려갈 수 없음, 어떤 임베딩이든 마찬가지. 아무것도 가르지 못할 때의 "
        "손실은 {undecided_loss}",
        explanation="코사인은 1에서 끝나는데, 손실은 이것을 끝이 없는 로짓으로 쓴다. 코사인을 그대로 넣은 "
        "시그모이드는 많아야 .73이고, 그 이진 교차 엔트로피는 적어도 ln(1 + 1/e) = .3133이다. 거기에 머문 학습 손실은 "
        "말할 수 있는 것을 다 말했다. 이미 갈라진 쌍도 계속 당기므로, 아직 갈라지지 않은 쌍에 돌아가는 기울기가 적다.",
        advice="`(cosine - 0.5) / 0.1`처럼 온도로 나누거나, `same * (1 - cosine) + (1 - same) * cosine.relu()` 같은 "
        "마진 손실을 쓰라.",
    ),
    "threshold-mismatch.below": FindingWords(
        title="predict가 모든 쌍을 같다고 함: 문턱값은 코사인 {threshold_low}에서 {threshold_high} 사이, 실제 "
        "코사인은 {least}에서 {most} 사이",
        explanation="잠깐 학습한 뒤에 잰, 따로 둔 쌍이다. 그동안 인코더는 학습 쌍을 갈라냈다(AUROC {given}). "
        "sigmoid(cosine) > .5 조건은 코사인이 0보다 크기만 하면 된다는 뜻인데, ReLU 뒤에서는 어떤 두 이미지든 그렇다. "
        "그러면 정확도는 같은 쌍의 비율일 뿐이다.",
        advice="문턱값을 따로 둔 쌍에서 고르거나 손실이 정하게 하라. 로짓이 `(cosine - 0.5) / 0.1`이면 .5에서 부호가 "
        "바뀐다.",
    ),
    "threshold-mismatch.above": FindingWords(
        title="predict가 어떤 쌍도 같다고 하지 않음: 문턱값은 코사인 {threshold_low}에서 {threshold_high} 사이, 실제 "
        "코사인은 {least}에서 {most} 사이",
        explanation="잠깐 학습한 뒤에 잰, 따로 둔 쌍이다. 그동안 인코더는 학습 쌍을 갈라냈다(AUROC {given}). 그러면 "
        "정확도는 다른 쌍의 비율일 뿐이다.",
        advice="문턱값을 따로 둔 쌍에서 고르거나 손실이 정하게 하라. 로짓이 `(cosine - 0.5) / 0.1`이면 .5에서 부호가 "
        "바뀐다.",
    ),
    "threshold-mismatch.same": FindingWords(
        title="predict가 따로 둔 쌍의 {predicted_same:%} 같다고 함, 실제로 같은 쌍은 {same_share:%}",
        explanation="맞힌 쌍은 {accuracy:%}, 언제나 같다고 답하는 것과 다름없다. 문턱값이 코사인 "
        "{threshold_best}이었다면 {accuracy_best:%} 맞혔을 것이다. sigmoid(cosine) > .5 조건은 코사인이 0보다 크기만 "
        "하면 된다는 뜻인데, ReLU 뒤에서는 어떤 두 이미지든 그렇다.",
        advice="문턱값을 따로 둔 쌍에서 고르거나 손실이 정하게 하라. 로짓이 `(cosine - 0.5) / 0.1`이면 .5에서 부호가 "
        "바뀐다.",
    ),
    "threshold-mismatch.different": FindingWords(
        title="predict가 따로 둔 쌍 중 같다고 한 것은 {predicted_same:%}, 실제로 같은 쌍은 {same_share:%}",
        explanation="맞힌 쌍은 {accuracy:%}, 언제나 다르다고 답하는 것과 다름없다. 문턱값이 코사인 "
        "{threshold_best}이었다면 {accuracy_best:%} 맞혔을 것이다.",
        advice="문턱값을 따로 둔 쌍에서 고르거나 손실이 정하게 하라. 로짓이 `(cosine - 0.5) / 0.1`이면 .5에서 부호가 "
        "바뀐다.",
    ),
    "threshold-mismatch.off": FindingWords(
        title="predict가 따로 둔 쌍에서 맞힌 비율은 {accuracy:%}, 문턱값이 코사인 {threshold_best}이었다면 "
        "{accuracy_best:%}",
        explanation="임베딩이 쌍을 늘어놓은 순서가 predict의 판정보다 낫다. predict는 {predicted_same:%} 같다고 "
        "하지만 실제로 같은 쌍은 {same_share:%}. AUROC에는 드러나지 않는다. 코사인의 순서만 보기 때문이다.",
        advice="문턱값을 따로 둔 쌍에서 고르거나 손실이 정하게 하라. 로짓이 `(cosine - 0.5) / 0.1`이면 .5에서 부호가 "
        "바뀐다.",
    ),
    "threshold-mismatch.probability": FindingWords(
        title="predict가 내는 확률이 {low}에서 {high} 사이를 벗어나지 못함",
        explanation="코사인을 그대로 넣은 시그모이드인데, 코사인은 −1과 1에서 끝난다. 임베딩이 아무리 확실해도 그 "
        "이상은 말하지 못한다. 이것을 코사인이나 유사도라고 출력하면 더 헷갈린다. 거기서는 .5가 직각이다.",
        advice="코사인은 그대로 출력하고, 확률은 손실이 학습하는 대로 온도를 넣어 내라.",
    ),
    "embedding-collapse.complete": FindingWords(
        title="모든 임베딩이 한 점임: 퍼진 정도 {spread}, 시드 {of}개 중 {seeds}개",
        explanation="구를 고르게 쓰면 퍼진 정도가 1이다. 코사인은 같은 쌍에서 {cosine_same}, 다른 쌍에서 "
        "{cosine_different}. 이미지에 무엇이 있는지가 더는 중요하지 않다. 끌어당기기만 하는 손실은 여기로 이끈다.",
        advice="손실이 다른 쌍을 밀어내게 하고, 두 종류의 쌍을 모두 주라. 그다음에 학습률을 살펴보라.",
    ),
    "embedding-collapse.dimensional": FindingWords(
        title="크기 {size:n}의 임베딩이 {rank}개 방향으로만 달라짐, 시드 {of}개 중 {seeds}개",
        explanation="방향이 이렇게 적으면 들어갈 클래스도 적다. 열 클래스를 원 하나에 두면 서로 36° 떨어지고, "
        "코사인은 .81이다. 퍼진 정도는 {spread}(구를 고르게 쓰면 1), 곧 한 점으로 모인 것은 아니다. 임베딩이 너무 "
        "작거나, 그 앞에 좁은 층이 있거나, 손실이 양 끝 둘로 만족하는 것일 수 있다.",
        advice="임베딩과 그 앞의 층을 넓히라. 쌍으로 된 손실이라면 다른 쌍은 떨어진 다음부터 밀지 말라.",
    ),
    "embedding-collapse.cone": FindingWords(
        title="임베딩이 원뿔 하나에 모임: 저마다의 {mean_share:%}, 모든 이미지에 공통, 시드 {of}개 중 {seeds}개",
        explanation="다른 쌍조차 평균 코사인이 {cosine_different}(같은 쌍은 {cosine_same}), 퍼진 정도는 {spread}. "
        "그래도 {rank}개 방향으로 달라지므로 영영 잃은 것은 없다. ReLU가 있는 인코더는 학습 전에 이런 모습이다. "
        "학습이 이를 바꾸지 못했다면, 잡은 것이 없거나 너무 일찍 끝난 것이다.",
        advice="먼저 이를 설명하는 것을 보라. 없다면 다른 쌍을 더 멀리 밀어내거나, 평균 임베딩을 빼라.",
    ),
    "train-set-too-small": FindingWords(
        title="학습 쌍이 {count:n}개뿐이라 외울 수 있음",
        explanation="하나하나를 외운 인코더는 다른 쌍에도 통하는 것을 찾을 까닭이 없다. 그래도 학습 손실은 내려간다.",
        advice="이미지가 주는 만큼 쌍을 만들라. 클래스 열 개의 이미지 천 장이면 같은 쌍이 약 50,000개, 다른 쌍이 약 "
        "450,000개다.",
    ),
    "no-minibatches": FindingWords(
        title="에포크마다 배치가 하나임: 갱신은 모두 {updates:n}번",
        explanation="학습 쌍 {count:n}개 모두 배치 크기 {batch_size:n} 안에 들어가므로, 에포크 하나가 갱신 한 번이다. "
        "기준 모델은 갱신 10번에 AUROC .85, 100번에 .96에 이르렀다.",
        advice="에포크 대신 갱신을 세라. 배치를 줄이고 쌍을 늘리거나, 에포크를 늘리라.",
    ),
    "pairs-unbalanced.most": FindingWords(
        title="학습 쌍 가운데 같은 쌍이 {same_share:%}",
        explanation="언제나 한 가지로만 답해도 {always:%} 맞히고, 쌍에 대한 평균인 손실은 거의 한 종류만 이야기한다. "
        "이런 쌍에서의 정확도는 말해 주는 것이 적다. 이 수와 견주라.",
        advice="두 종류를 똑같이 뽑거나(`same_share = 0.5`), 드문 쪽의 손실에 가중치를 주라.",
    ),
    "pairs-unbalanced.one": FindingWords(
        title="학습 쌍이 모두 한 종류임: 같은 쌍이 {same_share:%}",
        explanation="모든 것을 한 점으로 보내거나 언제나 한 가지로만 답하는 인코더도 {always:%} 맞힌다. 손실이 배치의 "
        "다른 이미지를 다른 것으로 치지 않는 한, 그 밖에 바라는 것이 없다.",
        advice="두 종류를 똑같이 뽑거나(`same_share = 0.5`), 쌍마다 배치의 다른 것들과 견주는 손실을 쓰라.",
    ),
}
